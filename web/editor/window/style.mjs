// How the editor's window looks. ComfyUI's own variables give the colours, so that it follows light and dark themes.

const STYLE = `
.pc-window { position: fixed; inset: 12px; z-index: 10000; display: grid; border-radius: 10px; overflow: hidden;
  grid-template: auto minmax(0, 1fr) auto / 200px minmax(0, 1fr) 270px;
  grid-template-areas: "head head head" "gallery views inspector" "time time time";
  background: var(--comfy-menu-bg, #353535); color: var(--input-text, #ddd); font: 13px/1.45 sans-serif;
  border: 1px solid var(--border-color, #4e4e4e); box-shadow: 0 12px 60px #000a; outline: none; }
.pc-window.pc-half { inset: 12px 12px 12px 48%; grid-template-columns: 0 minmax(0, 1fr) 230px; }
.pc-window.pc-half .pc-gallery { display: none; }
.pc-window :is(h2, h3, p) { margin: 0; font-size: inherit; }
.pc-window :is(button, input, select, textarea):not(.postcam-view *) { font: inherit; color: inherit; border-radius: 6px; padding: 3px 8px;
  background: var(--comfy-input-bg, #222); border: 1px solid var(--border-color, #4e4e4e); min-width: 0; }
.pc-window button:hover:enabled:not(.postcam-view *) { border-color: currentColor; cursor: pointer; }
.pc-window :is(button, input, select, summary):focus-visible { outline: 2px solid #ff9d2e; outline-offset: 1px; }
.pc-window button:disabled:not(.postcam-view *) { opacity: 0.4; cursor: default; }
.pc-window :is(button[aria-pressed=true]:not(.postcam-view *), button.pc-main) { background: #c85a00; color: #fff; border-color: #c85a00; }
.pc-head { grid-area: head; display: flex; flex-wrap: wrap; gap: 6px; align-items: center; padding: 8px 10px;
  border-bottom: 1px solid var(--border-color, #4e4e4e); }
.pc-head h2 { font-weight: 600; margin-right: 8px; max-width: 30ch; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.pc-space { flex: 1; }
.pc-gallery { grid-area: gallery; overflow-y: auto; padding: 8px; display: grid; gap: 6px; align-content: start;
  border-right: 1px solid var(--border-color, #4e4e4e); }
.pc-gallery button { display: grid; gap: 2px; padding: 4px; text-align: left; }
.pc-gallery button[aria-pressed=true] { background: none; color: inherit; border: 2px solid #ff9d2e; padding: 3px; }
.pc-gallery canvas { width: 100%; aspect-ratio: 16 / 9; border-radius: 4px; background: var(--comfy-input-bg, #222); }
.pc-views { grid-area: views; display: grid; gap: 1px; grid-template: 3fr 2fr / 1fr 1fr; min-height: 0;
  background: var(--border-color, #4e4e4e); }
.pc-pane { position: relative; min-width: 0; min-height: 0; display: grid; grid-template-rows: auto minmax(0, 1fr);
  background: var(--comfy-input-bg, #222); }
.pc-views.pc-one { grid-template: 1fr / 1fr; }
.pc-views.pc-one .pc-pane:not(.pc-large) { display: none; }
.pc-pane > header { display: flex; gap: 8px; align-items: center; padding: 3px 8px; background: var(--comfy-menu-bg, #353535);
  font-size: 12px; }
.pc-pane > header button { padding: 1px 5px; display: grid; }
.pc-pane > header svg { width: 13px; height: 13px; fill: none; stroke: currentColor; stroke-width: 1.5; }
.pc-pane > div { position: relative; min-height: 0; }
.pc-look { display: grid; place-items: center; padding: 6px; }
.pc-look canvas { width: 100%; height: 100%; min-height: 0; object-fit: contain; }
.pc-empty { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 8px;
  padding: 16px; text-align: center; background: var(--comfy-input-bg, #222); }
.pc-empty p { max-width: 46ch; }
.pc-inspector { grid-area: inspector; overflow-y: auto; padding: 8px 10px; display: grid; gap: 10px; align-content: start;
  border-left: 1px solid var(--border-color, #4e4e4e); }
.pc-inspector details { border-top: 1px solid var(--border-color, #4e4e4e); padding-top: 8px; }
.pc-inspector summary { font-weight: 600; cursor: pointer; }
.pc-rows { display: grid; gap: 5px; padding-top: 6px; }
.pc-field { display: grid; grid-template-columns: minmax(0, 1fr) 104px 30px; gap: 6px; align-items: center; }
.pc-field:has(select, input[type=text]) { grid-template-columns: minmax(0, 1fr) 140px; }
.pc-field:has(select, input[type=text]) .pc-unit { display: none; }
.pc-head .pc-field { grid-template-columns: auto 120px; }
.pc-unit, .pc-faint { color: var(--descrip-text, #999); font-size: 12px; }
.pc-buttons { display: flex; flex-wrap: wrap; gap: 5px; }
.pc-time { grid-area: time; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 4px 10px; padding: 8px 10px;
  border-top: 1px solid var(--border-color, #4e4e4e); align-items: start; }
.pc-track { position: relative; height: 84px; touch-action: none; }
.pc-track canvas { position: absolute; inset: 0; width: 100%; height: 100%; border-radius: 6px; }
.pc-track input[type=range] { position: absolute; left: 0; right: 0; bottom: 0; width: 100%; height: 18px; margin: 0;
  padding: 0; accent-color: #ff9d2e; }
.pc-key { position: absolute; top: 2px; width: 14px; height: 14px; margin-left: -7px; padding: 0 !important;
  rotate: 45deg; border-radius: 3px !important; touch-action: none; }
.pc-warnings { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 2px 14px; min-height: 1.45em; max-height: 4.4em;
  overflow-y: auto; padding: 0; margin: 0; list-style: none; }
.pc-warnings li::before { content: "! "; color: #ff9d2e; font-weight: 700; }
.pc-problem { grid-column: 1 / -1; color: #ff7a6b; }
.pc-problem:empty { display: none; }
.pc-help { position: absolute; inset: 60px 20% auto; z-index: 2; padding: 14px 18px; border-radius: 8px;
  max-height: calc(100% - 120px); overflow: auto; background: var(--comfy-menu-bg, #353535);
  border: 1px solid var(--border-color, #4e4e4e); }
.pc-help dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 14px; margin: 8px 0 0; }
.pc-help dt { font-family: monospace; }
.pc-help dd { margin: 0; }
@media (max-width: 1000px) { .pc-window { grid-template-columns: 0 minmax(0, 1fr) 220px; } .pc-gallery { display: none; } }
`

/** Put the style into the page once. */
export function addStyle() {
  const id = "postcam-editor-style"
  if (document.getElementById(id)) return
  const style = document.createElement("style")
  style.id = id
  style.textContent = STYLE
  document.head.append(style)
}
