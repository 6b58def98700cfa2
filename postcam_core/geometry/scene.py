"""The geometry of a source clip: one depth map and one camera per frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate, max_pool2d

from ..cameras import check_intrinsics, check_rigid, crop_intrinsics, resize_intrinsics
from ..errors import GeometryError
from ..media.fit import Fit
from .depth_checks import check_depth

ResizeMode: TypeAlias = Literal["nearest", "bilinear", "surface"]

ROBUST_PERCENTILE = 1.0
"""Of the pixels of frame 0, how many may lie nearer than what is taken as the nearest depth, in percent."""

# Neighbours whose depths differ by more than this factor belong to different surfaces.
_EDGE_RATIO = 1.15


@dataclass(frozen=True, kw_only=True, eq=False)
class SceneGeometry:
    """Depth, intrinsics and poses of every source frame, valid by construction.

    Tensors of any real type may come in; they are kept as float32 (depth, confidence) and float64 (cameras).

    Args:
        depth: z-depth, finite and above 0 at every pixel, in the unit of the translations of ``w2c``.
        K: Intrinsics in pixels of the depth map.
        w2c: Rigid world-to-camera poses, OpenCV axes.
        confidence: Trust in each depth value from 0 (none) to 1, if the provider states it.
        provider: Where the geometry came from: ``"ground_plane"``, ``"npz"``…
        is_metric: Whether the unit is the metre.
        notes: Warnings in words, to be shown to the user.

    Raises:
        GeometryError: If depth or confidence have bad shapes or values, or the lengths disagree.
        CameraError: If K is no pinhole matrix or a pose is not rigid.
    """

    depth: Float[Tensor, "frame height width"]
    K: Float[Tensor, "frame 3 3"]
    w2c: Float[Tensor, "frame 4 4"]
    confidence: Float[Tensor, "frame height width"] | None = None
    provider: str
    is_metric: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # A frozen dataclass leaves no other way to normalise its own fields.
        object.__setattr__(self, "depth", self.depth.float())
        object.__setattr__(self, "K", self.K.double())
        object.__setattr__(self, "w2c", self.w2c.double())
        check_depth(self.depth)
        check_intrinsics(self.K)
        check_rigid(self.w2c, name="w2c")
        self._check_length("K", self.K)
        self._check_length("w2c", self.w2c)
        if self.confidence is not None:
            object.__setattr__(self, "confidence", self.confidence.float())
            self._check_confidence(self.confidence)

    def _check_length(self, name: str, cameras: Tensor) -> None:
        if cameras.ndim != 3 or len(cameras) != self.num_frames:
            raise GeometryError(
                name,
                expected=f"one matrix for each of the {self.num_frames} depth frames",
                got=f"shape {tuple(cameras.shape)}",
                todo="Give depth and cameras for the same frames; repeat the camera of a static shot.",
            )

    def _check_confidence(self, confidence: Tensor) -> None:
        if confidence.shape != self.depth.shape:
            raise GeometryError(
                "confidence",
                expected=f"the shape of the depth, {tuple(self.depth.shape)}",
                got=f"{tuple(confidence.shape)}",
                todo="Give one value per depth pixel, or none at all.",
            )
        lowest, highest = confidence.aminmax()
        if not (lowest >= 0 and highest <= 1):  # so that NaN is refused too
            raise GeometryError(
                "confidence",
                expected="values from 0 to 1",
                got=f"{lowest:.4g} to {highest:.4g}",
                todo="Map the estimator's own confidence to 0…1 first.",
            )

    @property
    def num_frames(self) -> int:
        """Number of source frames."""
        return self.depth.shape[0]

    @property
    def height(self) -> int:
        """Height of the depth maps in pixels."""
        return self.depth.shape[1]

    @property
    def width(self) -> int:
        """Width of the depth maps in pixels."""
        return self.depth.shape[2]

    def anchored(self) -> "SceneGeometry":
        """Move the world to the axes of frame 0's camera: its pose becomes the identity.

        Source:
            Released ``TestDataset.get_data``. The true inverse, not the transpose: poses stored with few
            digits are not quite orthonormal, and frame 0 must come out as the identity.
        """
        w2c = self.w2c @ torch.linalg.inv(self.w2c[0])
        w2c[0] = torch.eye(4, dtype=w2c.dtype, device=w2c.device)
        return replace(self, w2c=w2c)

    def scaled(self, factor: float) -> "SceneGeometry":
        """Multiply depth and translations: the picture stays the same, the unit changes.

        Raises:
            GeometryError: If the factor is not a finite number above 0.
        """
        if not 0 < factor < float("inf"):
            raise GeometryError(
                "scale factor", expected="a finite number above 0", got=f"{factor}", todo="1 keeps the scale."
            )
        w2c = self.w2c.clone()
        w2c[:, :3, 3] *= factor
        return replace(self, depth=self.depth * factor, w2c=w2c, is_metric=self.is_metric and factor == 1.0)

    def resized(self, height: int, width: int, mode: ResizeMode = "nearest") -> "SceneGeometry":
        """Resample depth and confidence to another size; K follows.

        Args:
            height: New height in pixels.
            width: New width in pixels.
            mode: ``"nearest"`` keeps every depth one that was there, so no surface appears between a
                foreground and its background; ``"bilinear"`` (antialiased) is smooth on slanted surfaces;
                ``"surface"`` is bilinear inside a surface and nearest at its edges.

        Raises:
            GeometryError: If the new size is not positive or the mode unknown.
        """
        _check_resize(height, width, mode)
        if (height, width) == (self.height, self.width):
            return self
        K = resize_intrinsics(self.K, scale_x=width / self.width, scale_y=height / self.height)
        # Confidence knows no surfaces: an edge in it is no edge in space.
        plain = "bilinear" if mode == "surface" else mode
        confidence = None if self.confidence is None else _resample(self.confidence, height, width, plain)
        return replace(self, depth=_resample(self.depth, height, width, mode), K=K, confidence=confidence)

    def fitted(self, fit: Fit, mode: ResizeMode = "nearest") -> "SceneGeometry":
        """Do to the geometry what ``fit`` did to frames of the same size.

        Args:
            fit: The plan that the frames were resized and cropped by. Geometry of another size than those
                frames had goes through :meth:`resized` first.
            mode: See :meth:`resized`.

        Raises:
            GeometryError: If the plan was made for frames of another size.
        """
        width, height = round(self.width * fit.scale_x), round(self.height * fit.scale_y)
        # A fit cuts out of the middle; what is left over on one side only belongs to frames of another size.
        uneven_px = max(abs(width - fit.width - 2 * fit.left), abs(height - fit.height - 2 * fit.top))
        if uneven_px > 1 or width < fit.left + fit.width or height < fit.top + fit.height:
            raise GeometryError(
                "size of the geometry",
                expected="that of the frames which the fit was planned for",
                got=f"{self.width}×{self.height}",
                todo="Call resized(height, width) with the size of the source frames first.",
            )
        resized = self.resized(height, width, mode)
        rows, columns = slice(fit.top, fit.top + fit.height), slice(fit.left, fit.left + fit.width)
        return replace(
            resized,
            depth=resized.depth[:, rows, columns],
            K=crop_intrinsics(resized.K, left=fit.left, top=fit.top),
            confidence=None if resized.confidence is None else resized.confidence[:, rows, columns],
        )

    def selected(self, indices: Sequence[int]) -> "SceneGeometry":
        """The geometry of some frames, in the given order; a frame may come more than once.

        Raises:
            GeometryError: If there are no indices or one names no frame.
        """
        wrong = [i for i in indices if not 0 <= i < self.num_frames]
        if wrong or not len(indices):
            raise GeometryError(
                "frame indices",
                expected=f"at least one, each from 0 to {self.num_frames - 1}",
                got=f"{wrong[0]}" if wrong else "none",
                todo="Estimate or import geometry for every frame of the clip.",
            )
        index = torch.as_tensor(indices, dtype=torch.long, device=self.depth.device)
        confidence = None if self.confidence is None else self.confidence[index]
        return replace(
            self, depth=self.depth[index], K=self.K[index], w2c=self.w2c[index], confidence=confidence
        )

    def nearest_depth(self, percentile: float = ROBUST_PERCENTILE) -> float:
        """Depth of the nearest surface in frame 0, which sets the scale of a scene.

        Args:
            percentile: Share in percent of pixels that may lie nearer, as stray ones do. 0 is the plain
                minimum, the released code's choice (``depths[0].min()``), which one bad pixel can set.

        Raises:
            GeometryError: If the percentile is not between 0 and 100.
        """
        if not 0 <= percentile <= 100:
            raise GeometryError(
                "percentile", expected="0 to 100", got=f"{percentile}", todo="1 suits most clips."
            )
        depth = self.depth[0].flatten()
        # kthvalue: torch.quantile refuses frames above 16 million pixels, and this depth exists in the frame.
        return float(depth.kthvalue(1 + round(percentile / 100 * (len(depth) - 1))).values)


def _check_resize(height: int, width: int, mode: str) -> None:
    if min(height, width) < 1 or mode not in get_args(ResizeMode):
        raise GeometryError(
            "new size",
            expected=f"at least 1×1 pixel, mode {' or '.join(get_args(ResizeMode))}",
            got=f'{width}×{height}, mode "{mode}"',
            todo="Give the height first, then the width.",
        )


def _resample(maps: Tensor, height: int, width: int, mode: ResizeMode) -> Tensor:
    batch, size = maps[:, None], (height, width)
    if mode == "bilinear":
        return interpolate(batch, size, mode="bilinear", antialias=True)[:, 0]
    # "nearest" in torch rounds towards the top left corner; "nearest-exact" does not
    nearest = interpolate(batch, size, mode="nearest-exact")
    if mode == "nearest":
        return nearest[:, 0]
    farthest, nearest_neighbour = max_pool2d(batch, 3, 1, 1), -max_pool2d(-batch, 3, 1, 1)
    is_edge = (farthest > _EDGE_RATIO * nearest_neighbour).float()
    smooth = interpolate(batch, size, mode="bilinear", antialias=True)
    return torch.where(interpolate(is_edge, size, mode="nearest-exact") > 0, nearest, smooth)[:, 0]
