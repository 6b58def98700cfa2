"""Cameras of one focal length, and points that each hang on a pixel of one frame by an inverse depth.

A point is a ray of its anchor frame and an inverse depth ρ: at ρ = 0 it is infinitely far, which horizons are
and sums of squares do not mind. All arrays are float64.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Views:
    """Poses (camera to world, OpenCV axes) of all frames and the focal length that they share.

    Attributes:
        rotation: ``[frame, 3, 3]``.
        position: ``[frame, 3]``.
        focal_px: In pixels of the working frames.
        centre_px: Principal point, ``[2]``.
    """

    rotation: np.ndarray
    position: np.ndarray
    focal_px: float
    centre_px: np.ndarray

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """Directions (x, y, 1) in the camera's axes through pixels ``[…, 2]``."""
        ones = np.ones((*pixels.shape[:-1], 1))
        return np.concatenate([(pixels - self.centre_px) / self.focal_px, ones], axis=-1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Observations:
    """Where tracks were seen, as flat lists; a track's sighting in its anchor frame is exact by definition.

    Attributes:
        anchor_frame: ``[track]``.
        anchor_px: ``[track, 2]``.
        track: ``[observation]``, index of the track that was seen.
        frame: ``[observation]``, in which frame.
        pixel: ``[observation, 2]``, where.
        sharpness: ``[track, 2, 2]``, what to multiply errors in pixels by so that they count as much as the
            picture determines them: 1 across a strong edge, nearly 0 along it.
    """

    anchor_frame: np.ndarray
    anchor_px: np.ndarray
    track: np.ndarray
    frame: np.ndarray
    pixel: np.ndarray
    sharpness: np.ndarray


def view_vectors(views: Views, seen: Observations) -> tuple[np.ndarray, np.ndarray]:
    """Vectors a and b ``[observation, 3]``: a point of inverse depth ρ lies along a + ρ·b for who sees it."""
    anchor = seen.anchor_frame[seen.track]
    world_ray = np.einsum("nij,nj->ni", views.rotation[anchor], views.rays(seen.anchor_px)[seen.track])
    to_camera = views.rotation[seen.frame].transpose(0, 2, 1)
    baseline = views.position[anchor] - views.position[seen.frame]
    return np.einsum("nij,nj->ni", to_camera, world_ray), np.einsum("nij,nj->ni", to_camera, baseline)


def project(views: Views, direction: np.ndarray) -> np.ndarray:
    """Pixels of directions in the camera's axes; what is not in front of the camera lands far outside."""
    return views.focal_px * direction[..., :2] / np.maximum(direction[..., 2:], 1e-6) + views.centre_px


def reprojection_errors(views: Views, inverse_depth: np.ndarray, seen: Observations) -> np.ndarray:
    """Predicted minus observed pixels, ``[observation, 2]``, weighted by the sharpness."""
    a, b = view_vectors(views, seen)
    error = project(views, a + inverse_depth[seen.track, None] * b) - seen.pixel
    return np.einsum("nij,nj->ni", seen.sharpness[seen.track], error)


def triangulate(views: Views, seen: Observations, *, loss_px: float, num_rounds: int = 6) -> np.ndarray:
    """Inverse depth ``[track]`` of each track from known cameras; 0 where the cameras did not move.

    Weighted least squares of the reprojection errors, each round linearised at the last one's depth and
    reweighted against sightings that disagree.
    """
    a, b = view_vectors(views, seen)
    target = views.rays(seen.pixel)[:, :2]
    # u·z − x = 0 is linear in ρ; divided by the depth it is the error in the image.
    sharpness = seen.sharpness[seen.track]
    slope = np.einsum("nij,nj->ni", sharpness, target * b[:, 2:] - b[:, :2])
    offset = np.einsum("nij,nj->ni", sharpness, target * a[:, 2:] - a[:, :2])
    num_tracks, inverse_depth = len(seen.anchor_frame), np.zeros(len(seen.anchor_frame))
    weight = 1 / a[:, 2].clip(0.1) ** 2
    for _ in range(num_rounds):
        up = np.bincount(seen.track, -weight * (slope * offset).sum(axis=1), num_tracks)
        down = np.bincount(seen.track, weight * (slope**2).sum(axis=1), num_tracks)
        inverse_depth = np.where(down > 1e-12, up / np.maximum(down, 1e-12), 0.0)
        depth_ratio = (a[:, 2] + inverse_depth[seen.track] * b[:, 2]).clip(0.1)
        error = (slope * inverse_depth[seen.track, None] + offset) / depth_ratio[:, None]
        error_px = views.focal_px * np.linalg.norm(error, axis=1)
        weight = 1 / depth_ratio**2 / (1 + (error_px / loss_px) ** 2)
    return inverse_depth


def upper_angle_deg(views: Views, seen: Observations, inverse_depth: np.ndarray) -> float:
    """Upper quartile over tracks of the widest angle between the anchor's ray and that of another frame."""
    if len(seen.track) == 0:
        return 0.0
    a, b = view_vectors(views, seen)
    direction = a + inverse_depth[seen.track, None] * b
    cosine = (a * direction).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(direction, axis=1)
    widest = np.zeros(len(seen.anchor_frame))
    np.maximum.at(widest, seen.track, np.degrees(np.arccos(cosine.clip(-1, 1))))
    return float(np.quantile(widest, 0.75))
