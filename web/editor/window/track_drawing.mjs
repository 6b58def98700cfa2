// The picture behind the timeline: holes, trained range, source time and the playhead.

const PAD = 20
const TOP = 18

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} ratio device pixels per CSS pixel
 * @param {{coverage: ArrayLike<number>, isTrained: boolean[], sourceIndex: ArrayLike<number>, numFrames: number,
 *   frame: number, theme: object}} track coverage: NaN where not known
 */
export function drawTrack(context, ratio, { coverage, isTrained, sourceIndex, numFrames, frame, theme }) {
  const width = context.canvas.width / ratio
  const height = context.canvas.height / ratio
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.fillStyle = theme.background
  context.fillRect(0, 0, width, height)
  const x = (index) => (numFrames > 1 ? (index / (numFrames - 1)) * width : 0)
  const bottom = height - PAD
  shadeTrained(context, isTrained, x, { width, height: bottom, numFrames, colour: theme.pivot })
  drawSource(context, sourceIndex, x, { top: TOP, bottom, colour: theme.source })
  drawHoles(context, coverage, x, { top: TOP, bottom, width, numFrames, theme })
  context.fillStyle = theme.selected
  context.fillRect(x(frame) - 0.75, 0, 1.5, bottom)
}

/** Green below the frames whose cameras are like those of the training clips. */
function shadeTrained(context, isTrained, x, { width, height, numFrames, colour }) {
  context.globalAlpha = 0.16
  context.fillStyle = colour
  const step = numFrames > 1 ? width / (numFrames - 1) : width
  isTrained.forEach((inside, index) => {
    if (inside) context.fillRect(x(index) - step / 2, 0, step, height)
  })
  context.globalAlpha = 1
}

/** Which source frame is shown: level where time stands still, falling where it runs back. */
function drawSource(context, sourceIndex, x, { top, bottom, colour }) {
  const last = Math.max(...sourceIndex, 1)
  context.strokeStyle = colour
  context.globalAlpha = 0.6
  context.lineWidth = 1
  context.beginPath()
  sourceIndex.forEach((shown, index) => context.lineTo(x(index), bottom - (shown / last) * (bottom - top)))
  context.stroke()
  context.globalAlpha = 1
}

/** Share of holes of each frame, from the bottom. */
function drawHoles(context, coverage, x, { top, bottom, width, numFrames, theme }) {
  const step = numFrames > 1 ? width / (numFrames - 1) : width
  context.fillStyle = theme.target
  context.globalAlpha = 0.75
  Array.from(coverage).forEach((share, index) => {
    if (Number.isNaN(share)) return
    const size = (1 - share) * (bottom - top)
    context.fillRect(x(index) - step * 0.4, bottom - size, step * 0.8, size)
  })
  context.globalAlpha = 1
}
