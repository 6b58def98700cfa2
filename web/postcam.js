// The pack's only .js: ComfyUI imports every .js under web/ when a page loads, so whatever is larger is
// an .mjs module that gets imported when it is needed.
import { api } from "../../scripts/api.js"
import { app } from "../../scripts/app.js"

const TEXTS = {
  en: {
    open: "Edit the camera path", preset: "preset {name}", edited: "edited path", back: "Back to the preset",
    connected: "The path comes from the text that is connected: disconnect it to edit the path here.",
    shots: {
      "bullet time": "bullet time", "bullet time from there": "bullet time from there", reverse: "reverse",
      "slow down": "slow down", "follow the source": "follow the source", stabilise: "stabilise",
    },
  },
  zh: {
    open: "编辑相机路径", preset: "预设 {name}", edited: "已编辑的路径", back: "恢复为预设",
    connected: "路径来自已连接的文本：断开连接后才能在这里编辑。",
    shots: {
      "bullet time": "子弹时间", "bullet time from there": "子弹时间（从该帧机位）", reverse: "倒放", "slow down": "慢放",
      "follow the source": "跟随源相机", stabilise: "稳定画面",
    },
  },
}
const WATCH_MS = 700
// ComfyUI takes a margin of 10 off at either end.
const HEIGHT_PX = 96
const NODE = "PostCamTrajectory"
// Open editors by node: a second click brings the window to the front.
const windows = new Map()

const locale = () => app.extensionManager?.setting?.get?.("Comfy.Locale") ?? navigator.language
const words = () => (locale().startsWith("zh") ? TEXTS.zh : TEXTS.en)

async function open(node) {
  const [{ NodeHost }, { keepUndoKeys }, { openEditor }] = await Promise.all([
    import("./editor/comfy/node_host.mjs"), import("./editor/comfy/undo_keys.mjs"),
    import("./editor/window/editor_window.mjs"),
  ])
  keepUndoKeys(app)
  const host = new NodeHost({ app, api }, node)
  const { key } = host
  if (windows.has(key)) return windows.get(key).show()
  return windows.set(key, openEditor(host, locale(), () => windows.delete(key)))
}

/** A line that says what counts, and the button; the node's text input stays the only truth. */
function addWidget(node) {
  const style = { font: "12px sans-serif", display: "grid", gap: "3px", padding: "2px 4px", boxSizing: "border-box",
    gridAutoRows: "max-content" }
  const root = Object.assign(document.createElement("div"), { className: "postcam-trajectory" })
  Object.assign(root.style, style)
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: words().open })
  Object.assign(button.style, { padding: "6px", border: 0, borderRadius: "6px", background: "#c85a00", color: "#fff",
    cursor: "pointer", font: "inherit" })
  button.addEventListener("click", () => open(node))
  const back = Object.assign(document.createElement("button"), { type: "button", textContent: words().back })
  Object.assign(back.style, { padding: "2px", border: 0, background: "none", color: "var(--descrip-text, #999)",
    textDecoration: "underline", cursor: "pointer", font: "inherit" })
  const line = document.createElement("span")
  Object.assign(line.style, { color: "var(--input-text, #ddd)", overflow: "hidden", textOverflow: "ellipsis",
    whiteSpace: "nowrap", textAlign: "center" })
  root.append(button, line, back)
  const value = (name) => node.widgets?.find((widget) => widget.name === name)?.value
  const set = (name, to) => {
    const widget = node.widgets.find((each) => each.name === name)
    widget.value = to
    widget.callback?.(to)
  }
  back.addEventListener("click", () => {
    set("trajectory", "")
    // The editor's first edit took the shot over into the text.
    set("shot", node.properties.postcam_shot ?? value("shot"))
    update()
  })
  const update = () => {
    const isConnected = node.inputs?.some((input) => input.widget?.name === "trajectory" && input.link != null) ?? false
    const isEdited = !isConnected && Boolean(String(value("trajectory") ?? "").trim())
    const shot = words().shots[value("shot")]
    const preset = words().preset.replace("{name}", value("preset") ?? "")
    line.textContent = isEdited ? words().edited : [preset, shot].filter(Boolean).join(" · ")
    if (isConnected) line.textContent = words().connected
    root.title = isConnected ? words().connected : ""
    button.disabled = isConnected
    button.style.opacity = isConnected ? 0.4 : 1
    back.style.visibility = isEdited ? "visible" : "hidden"
  }
  update()
  const timer = setInterval(update, WATCH_MS)
  const widget = node.addDOMWidget("postcam_editor", "postcam-editor", root, {
    serialize: false, hideOnZoom: false, getMinHeight: () => HEIGHT_PX, getMaxHeight: () => HEIGHT_PX,
  })
  widget.serialize = false
  const { onRemoved } = node
  node.onRemoved = function (...given) {
    clearInterval(timer)
    return onRemoved?.apply(this, given)
  }
}

/** Remember where the clip's files lie: the editor finds them after a reload too. */
function rememberScene(node) {
  const { onExecuted } = node
  node.onExecuted = function (output, ...rest) {
    const [scene] = output?.postcam_scene ?? []
    if (scene) this.properties.postcam_scene = { subfolder: scene.subfolder, type: scene.type }
    return onExecuted?.call(this, output, ...rest)
  }
}

app.registerExtension({
  name: "postcam",
  aboutPageBadges: [
    { label: "PostCam paper", url: "https://arxiv.org/abs/2511.17185", icon: "pi pi-video" },
  ],
  nodeCreated(node) {
    if (node.comfyClass !== NODE) return
    rememberScene(node)
    addWidget(node)
  },
})
