// The pack's only .js: ComfyUI imports every .js under web/ when a page loads, so whatever is larger is
// an .mjs module that gets imported when it is needed.
import { app } from "../../scripts/app.js"

app.registerExtension({
  name: "postcam",
  aboutPageBadges: [
    { label: "PostCam paper", url: "https://arxiv.org/abs/2511.17185", icon: "pi pi-video" },
  ],
})
