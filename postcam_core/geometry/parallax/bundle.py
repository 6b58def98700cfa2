"""Bundle adjustment: cameras, inverse depths and one focal length that explain the tracks best."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from ...cameras import rotation_exp
from .views import Observations, Views, project, reprojection_errors, view_vectors

# Lowers the pull of a focal length that the clip does not determine: the standard deviation of its logarithm.
_FOCAL_PRIOR_SIGMA = 0.35


@dataclass(frozen=True, kw_only=True, eq=False)
class Adjustment:
    """Result of :func:`adjust`.

    Attributes:
        views: Cameras.
        inverse_depth: ``[track]``.
        error_px: Length of the reprojection error of each observation.
        cost: Mean robust cost of an observation, in square pixels.
    """

    views: Views
    inverse_depth: np.ndarray
    error_px: np.ndarray
    cost: float


def adjust(
    views: Views,
    inverse_depth: np.ndarray,
    seen: Observations,
    *,
    moving_frames: np.ndarray,
    turning_frames: np.ndarray,
    is_focal_free: bool = False,
    is_depth_free: bool = True,
    prior_focal_px: float | None = None,
    loss_px: float = 1.0,
    num_rounds: int = 12,
) -> Adjustment:
    """Minimise the robust (Cauchy) reprojection error by Levenberg–Marquardt.

    Args:
        views: Start.
        inverse_depth: Start, ``[track]``.
        seen: What to explain.
        moving_frames: Frames whose position is free. The unit of length is free as well and stays near its start.
        turning_frames: Frames whose rotation is free.
        is_focal_free: Whether to refine the focal length.
        is_depth_free: Whether to refine the inverse depths.
        prior_focal_px: Where a free focal length goes when the clip does not determine it.
        loss_px: Error from which an observation counts as doubtful.
        num_rounds: Most steps to try.

    Source:
        Triggs et al., Bundle Adjustment – A Modern Synthesis, 1999: points eliminated by the Schur complement.
        scipy's own least_squares takes minutes for what this does in a second.
    """
    num_frames = len(views.rotation)
    columns = np.concatenate(
        [6 * turning_frames[:, None] + (0, 1, 2), 6 * moving_frames[:, None] + (3, 4, 5)]
    ).ravel()
    if is_focal_free:
        columns = np.append(columns, 6 * num_frames)
    prior = np.log(prior_focal_px) if prior_focal_px and is_focal_free else None
    cost, error = _cost(views, inverse_depth, seen, loss_px, prior)
    damping = 1e-4
    for _ in range(num_rounds):
        system = _normal_equations(views, inverse_depth, seen, error, columns, loss_px, prior)
        while damping < 1e6:
            step, depth_step = system.solve(damping, is_depth_free)
            new_views = _moved(views, columns, step)
            new_depth = inverse_depth + depth_step
            new_cost, new_error = _cost(new_views, new_depth, seen, loss_px, prior)
            if new_cost < cost:
                break
            damping *= 10
        else:
            break
        gain, damping = (cost - new_cost) / cost, max(damping / 5, 1e-9)
        views, inverse_depth, cost, error = new_views, new_depth, new_cost, new_error
        if gain < 1e-5:
            break
    error_px = np.linalg.norm(error, axis=1)
    return Adjustment(
        views=views, inverse_depth=inverse_depth, error_px=error_px, cost=cost / max(len(error), 1)
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _NormalEquations:
    camera: np.ndarray
    mixed: np.ndarray
    depth: np.ndarray
    camera_gradient: np.ndarray
    depth_gradient: np.ndarray

    def solve(self, damping: float, is_depth_free: bool) -> tuple[np.ndarray, np.ndarray]:
        """Steps of the camera parameters and of the inverse depths."""
        diagonal = np.diagonal(self.camera)
        system = self.camera + np.diag(damping * diagonal + 1e-9 * diagonal.max(initial=0) + 1e-12)
        if not is_depth_free:
            return -np.linalg.solve(system, self.camera_gradient), np.zeros_like(self.depth)
        inverse = 1 / (self.depth * (1 + damping) + 1e-9)
        scaled = self.mixed * inverse
        step = -np.linalg.solve(
            system - scaled @ self.mixed.T, self.camera_gradient - scaled @ self.depth_gradient
        )
        return step, -inverse * (self.depth_gradient + self.mixed.T @ step)


def _cost(
    views: Views, inverse_depth: np.ndarray, seen: Observations, loss_px: float, prior: float | None
) -> tuple[float, np.ndarray]:
    error = reprojection_errors(views, inverse_depth, seen)
    cost = 0.5 * loss_px**2 * float(np.log1p((error**2).sum(axis=1) / loss_px**2).sum())
    if prior is not None:
        cost += 0.5 * _prior_weight(seen) * (np.log(views.focal_px) - prior) ** 2
    return cost, error


def _prior_weight(seen: Observations) -> float:
    """One prior against many sightings whose errors go together: it weighs as a hundredth of them at 0.1 px."""
    return 1e-4 * len(seen.track) / _FOCAL_PRIOR_SIGMA**2


def _normal_equations(
    views: Views,
    inverse_depth: np.ndarray,
    seen: Observations,
    error: np.ndarray,
    columns: np.ndarray,
    loss_px: float,
    prior: float | None,
) -> _NormalEquations:
    from scipy.sparse import csr_matrix

    root_weight = np.repeat(1 / np.sqrt(1 + (error**2).sum(axis=1) / loss_px**2), 2)
    camera_slopes, places, depth_slopes = _derivatives(views, inverse_depth, seen)
    num_rows, num_columns = 2 * len(seen.track), 6 * len(views.rotation) + 1
    camera = csr_matrix(
        (
            (camera_slopes.reshape(num_rows, 13) * root_weight[:, None]).ravel(),
            np.repeat(places, 2, axis=0).ravel(),
            np.arange(0, 13 * num_rows + 1, 13),
        ),
        shape=(num_rows, num_columns),
    )[:, columns]
    depth = csr_matrix(
        (depth_slopes.ravel() * root_weight, np.repeat(seen.track, 2), np.arange(num_rows + 1)),
        shape=(num_rows, len(inverse_depth)),
    )
    weighted_error = error.ravel() * root_weight
    square, gradient = (camera.T @ camera).toarray(), camera.T @ weighted_error
    if prior is not None:
        square[-1, -1] += _prior_weight(seen)
        gradient[-1] += _prior_weight(seen) * (np.log(views.focal_px) - prior)
    return _NormalEquations(
        camera=square,
        mixed=(camera.T @ depth).toarray(),
        depth=np.asarray(depth.multiply(depth).sum(axis=0)).ravel(),
        camera_gradient=gradient,
        depth_gradient=depth.T @ weighted_error,
    )


def _derivatives(
    views: Views, inverse_depth: np.ndarray, seen: Observations
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Derivatives of the pixels by 13 camera parameters and by ρ, and which parameters the 13 are.

    Rotations are varied as exp(ω)·R. The 13 are ω and position of the anchor frame, the same of the frame
    that sees the point, and the logarithm of the focal length.
    """
    anchor = seen.anchor_frame[seen.track]
    ray = views.rays(seen.anchor_px)[seen.track]
    world_ray = np.einsum("nij,nj->ni", views.rotation[anchor], ray)
    to_camera = views.rotation[seen.frame].transpose(0, 2, 1)
    a, b = view_vectors(views, seen)
    rho = inverse_depth[seen.track, None]
    direction = a + rho * b
    sharpness = seen.sharpness[seen.track]
    projection = sharpness @ _projection_slopes(views, direction)
    slopes = np.empty((len(ray), 3, 13))
    world_direction = world_ray + rho * (views.position[anchor] - views.position[seen.frame])
    slopes[..., 0:3] = -to_camera @ _cross_matrices(world_ray)
    slopes[..., 3:6] = rho[..., None] * to_camera
    slopes[..., 6:9] = to_camera @ _cross_matrices(world_direction)
    slopes[..., 9:12] = -rho[..., None] * to_camera
    flat_ray = ray * (-1, -1, 0)
    slopes[..., 12] = np.einsum("nij,njk,nk->ni", to_camera, views.rotation[anchor], flat_ray)
    pixel_slopes = projection @ slopes
    from_centre = project(views, direction) - views.centre_px
    pixel_slopes[..., 12] += np.einsum("nij,nj->ni", sharpness, from_centre)
    six = np.arange(6)
    focal_place = np.full((len(ray), 1), 6 * len(views.rotation))
    places = np.concatenate([6 * anchor[:, None] + six, 6 * seen.frame[:, None] + six, focal_place], axis=1)
    return pixel_slopes, places, np.einsum("nij,nj->ni", projection, b)


def _projection_slopes(views: Views, direction: np.ndarray) -> np.ndarray:
    slopes = np.zeros((len(direction), 2, 3))
    inverse_z = 1 / np.maximum(direction[:, 2], 1e-6)
    slopes[:, 0, 0] = slopes[:, 1, 1] = inverse_z
    slopes[:, :, 2] = -direction[:, :2] * inverse_z[:, None] ** 2
    return views.focal_px * slopes


def _cross_matrices(vectors: np.ndarray) -> np.ndarray:
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)


def _moved(views: Views, columns: np.ndarray, step: np.ndarray) -> Views:
    num_frames = len(views.rotation)
    whole = np.zeros(6 * num_frames + 1)
    whole[columns] = step
    per_frame = whole[:-1].reshape(num_frames, 6)
    turn = rotation_exp(torch.from_numpy(per_frame[:, :3])).numpy()
    return replace(
        views,
        rotation=turn @ views.rotation,
        position=views.position + per_frame[:, 3:],
        focal_px=views.focal_px * float(np.exp(np.clip(whole[-1], -0.3, 0.3))),
    )
