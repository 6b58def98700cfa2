"""ComfyUI-PostCam: move the camera after the shot was taken.

ComfyUI calls ``comfy_entrypoint`` when it loads the pack; nothing heavy is imported before a node runs.
"""

WEB_DIRECTORY = "./web"


async def comfy_entrypoint():
    """Return the extension that lists the pack's nodes."""
    from .nodes import PostCamExtension

    return PostCamExtension()
