"""Points followed through the clip by Lucas–Kanade optical flow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...progress import ProgressFn, no_progress
from .views import Observations

# New points are looked for this often, where no track is left.
_FRAMES_BETWEEN_DETECTIONS = 4
_MIN_DISTANCE_PX = 7
# A point followed to the next frame and back must return to where it was.
_MAX_RETURN_ERROR_PX = 0.3
_MIN_TRACK_FRAMES = 4
_BORDER_PX = 4
_WINDOW_PX = 11
# Squared gradient, in grey levels per pixel, at which the picture determines a place half as well as it can.
_HALF_SHARP = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Tracks:
    """Where each point was seen.

    Attributes:
        pixel: ``[track, frame, 2]``, NaN where it was not seen. Each track is seen in consecutive frames.
        sharpness: ``[track, 2, 2]``, see :class:`Observations`.
    """

    pixel: np.ndarray
    sharpness: np.ndarray

    @property
    def is_seen(self) -> np.ndarray:
        """``[track, frame]``."""
        return ~np.isnan(self.pixel[..., 0])

    @property
    def cell(self) -> np.ndarray:
        """``[track]``, the part of the picture that a track is in on average: a number for each of 8 × 6."""
        if len(self.pixel) == 0:
            return np.empty(0, int)
        size = np.nanmax(self.pixel, axis=(0, 1)) + 1
        return (np.nanmean(self.pixel, axis=1) / size * (8, 6)).astype(int) @ (1, 8)

    def selected(self, index: np.ndarray) -> "Tracks":
        """Some of the tracks."""
        return Tracks(pixel=self.pixel[index], sharpness=self.sharpness[index])

    def seen_from(self, frames: Sequence[int]) -> tuple[Observations, np.ndarray]:
        """Observations in some frames, anchored in the first of them that sees a track.

        Returns:
            The observations, and the indices of the tracks that at least two of the frames see.
        """
        frames = np.sort(np.asarray(frames))
        is_seen = self.is_seen[:, frames]
        index = np.flatnonzero(is_seen.sum(axis=1) >= 2)
        is_seen = is_seen[index]
        first = is_seen.argmax(axis=1)
        is_seen[np.arange(len(index)), first] = False
        track, place = np.nonzero(is_seen)
        observations = Observations(
            anchor_frame=frames[first],
            anchor_px=self.pixel[index, frames[first]],
            track=track,
            frame=frames[place],
            pixel=self.pixel[index[track], frames[place]],
            sharpness=self.sharpness[index],
        )
        return observations, index


def spread_tracks(tracks: Tracks, count: int, frames: list[int]) -> np.ndarray:
    """Indices of at most ``count`` tracks, long ones first but everywhere in the picture."""
    num_seen = tracks.is_seen[:, frames].sum(axis=1)
    order = np.argsort(-num_seen, kind="stable")
    order = order[num_seen[order] >= 2]
    if len(order) <= count:
        return np.sort(order)
    cell = tracks.cell[order]
    rank = np.zeros(len(order), int)
    for value in np.unique(cell):
        inside = np.flatnonzero(cell == value)
        rank[inside] = np.arange(len(inside))
    return np.sort(order[np.argsort(rank, kind="stable")[:count]])


def track_points(frames: np.ndarray, *, progress: ProgressFn = no_progress) -> Tracks:
    """Detect corners and follow each one until it is lost.

    Args:
        frames: uint8 ``[frame, height, width, 3]``.
        progress: Called after each frame.
    """
    import cv2

    num_frames = len(frames)
    live_px, live_index = np.empty((0, 2), np.float32), np.empty(0, int)
    sightings: list[tuple[int, np.ndarray, np.ndarray]] = []
    sharpness: list[np.ndarray] = []
    num_tracks = 0
    for frame in range(num_frames):
        if frame > 0:
            live_px, is_found = _follow(cv2, frames[frame - 1], frames[frame], live_px)
            live_px, live_index = live_px[is_found], live_index[is_found]
        if frame % _FRAMES_BETWEEN_DETECTIONS == 0:
            new_px = _detect(cv2, frames[frame], live_px)
            sharpness.append(_sharpness(cv2, frames[frame], new_px))
            live_index = np.concatenate([live_index, num_tracks + np.arange(len(new_px))])
            live_px, num_tracks = np.concatenate([live_px, new_px]), num_tracks + len(new_px)
        sightings.append((frame, live_index, live_px))
        progress(frame + 1, num_frames)
    pixel = np.full((num_tracks, num_frames, 2), np.nan, np.float32)
    for frame, index, px in sightings:
        pixel[index, frame] = px
    tracks = Tracks(pixel=pixel, sharpness=np.concatenate(sharpness))
    return tracks.selected(tracks.is_seen.sum(axis=1) >= _MIN_TRACK_FRAMES)


def _detect(cv2, frame: np.ndarray, occupied_px: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    mask = np.full(grey.shape, 255, np.uint8)
    mask[:_BORDER_PX] = mask[-_BORDER_PX:] = mask[:, :_BORDER_PX] = mask[:, -_BORDER_PX:] = 0
    for x, y in np.rint(occupied_px).astype(int):
        cv2.circle(mask, (int(x), int(y)), _MIN_DISTANCE_PX, 0, -1)
    found = cv2.goodFeaturesToTrack(
        grey, maxCorners=1500, qualityLevel=0.0003, minDistance=_MIN_DISTANCE_PX, mask=mask, blockSize=7
    )
    return np.empty((0, 2), np.float32) if found is None else found[:, 0]


def _follow(cv2, here: np.ndarray, there: np.ndarray, px: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places in the next frame, and which of them can be trusted."""
    if len(px) == 0:
        return px, np.empty(0, bool)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 0.003)
    options = {
        "winSize": (_WINDOW_PX, _WINDOW_PX),
        "maxLevel": 4,
        "criteria": criteria,
        "minEigThreshold": 1e-5,
    }
    forth, is_found, _ = cv2.calcOpticalFlowPyrLK(here, there, px[:, None], None, **options)
    back, is_found_back, _ = cv2.calcOpticalFlowPyrLK(there, here, forth, None, **options)
    forth, back = forth[:, 0], back[:, 0]
    height, width = here.shape[:2]
    inside = (forth >= _BORDER_PX).all(axis=1) & (forth < (width - _BORDER_PX, height - _BORDER_PX)).all(
        axis=1
    )
    returns = np.linalg.norm(back - px, axis=1) < _MAX_RETURN_ERROR_PX
    return forth, is_found[:, 0].astype(bool) & is_found_back[:, 0].astype(bool) & inside & returns


def _sharpness(cv2, frame: np.ndarray, px: np.ndarray) -> np.ndarray:
    """How well the picture around each point determines its place, by direction: ``[point, 2, 2]``."""
    picture = frame.astype(np.float32)
    dx, dy = (cv2.Sobel(picture, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    products = np.stack([(a * b).sum(axis=2) for a, b in ((dx, dx), (dx, dy), (dy, dy))], axis=2)
    xx, xy, yy = cv2.blur(products, (_WINDOW_PX, _WINDOW_PX))[tuple(np.rint(px[:, ::-1]).astype(int).T)].T
    values, vectors = np.linalg.eigh(np.stack([xx, xy, xy, yy], axis=1).reshape(-1, 2, 2).astype(np.float64))
    root = np.sqrt(values.clip(0) / (values.clip(0) + _HALF_SHARP))
    return (vectors * root[:, None, :]) @ vectors.transpose(0, 2, 1)
