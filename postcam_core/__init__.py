"""PostCam as a library: move the camera after the shot was taken. Knows nothing of ComfyUI."""

__version__ = "0.1.0"
