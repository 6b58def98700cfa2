"""The only part of the pack that imports ComfyUI's own modules beside its node API."""
