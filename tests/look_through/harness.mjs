// What the tests and the benchmark call in the page: one canvas, one scene, and a LookThrough on it.
import { LookThrough } from "/web/editor/render/look_through.mjs"
import { loadScene } from "/web/editor/scene/scene.mjs"

export const canvas = document.createElement("canvas")
document.body.replaceChildren(canvas)

export let view
export const events = []
export const fetched = []

/** Show a scene from a folder; in place of the one that is shown, if any. */
export async function open(folder, options = {}) {
  view?.dispose()
  view = new LookThrough(canvas, {
    ...options,
    onContextLost: () => events.push("lost"),
    onContextRestored: () => events.push("restored"),
  })
  await show(folder)
}

/** Give the view another scene. */
export async function show(folder) {
  view.setScene(await sceneIn(folder))
}

export function sceneIn(folder) {
  return loadScene("scene.json", async (name) => {
    fetched.push(name)
    const answer = await fetch(`${folder}/${name}`)
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`)
    return answer.arrayBuffer()
  })
}

/** Render a target; the picture comes back as text (base64 of RGBA), with its coverage. */
export async function picture(target) {
  await view.prepare(target.sourceIndex)
  view.render(target)
  return { rgba: base64(view.readPixels()), coverage: view.coverage() }
}

/** Milliseconds of preparing a frame, of rendering and waiting until the picture is there, and of coverage. */
export async function timings(target, repeats) {
  const gl = canvas.getContext("webgl2")
  const finish = () => gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4))
  const measured = { prepare: [], render: [], coverage: [] }
  const measure = async (name, work) => {
    const start = performance.now()
    await work()
    measured[name].push(performance.now() - start)
  }
  for (let i = 0; i < repeats; i++) {
    await measure("prepare", () => view.prepare(i))
    view.render({ ...target, sourceIndex: i })
    finish()
    await measure("render", () => {
      view.render({ ...target, sourceIndex: i })
      gl.bindFramebuffer(gl.FRAMEBUFFER, null)
      finish()
    })
    await measure("coverage", () => view.coverage())
  }
  return measured
}

function base64(bytes) {
  let text = ""
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768))
  return btoa(text)
}
