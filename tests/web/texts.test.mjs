// Words: the same keys and placeholders in every language, and words for all that the editor says.

import assert from "node:assert/strict"
import { readFileSync, readdirSync } from "node:fs"
import { test } from "node:test"

import en from "../../web/editor/texts/en.mjs"
import { Texts, textsFor } from "../../web/editor/texts/index.mjs"
import zh from "../../web/editor/texts/zh.mjs"
import { PRESET_NAMES } from "../../web/editor/trajectory/presets.mjs"

const placeholders = (words) => [...words.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()
const EDITOR = new URL("../../web/editor/", import.meta.url)

/** Everything in a folder of the editor, as one text. */
const sourcesOf = (folder) =>
  readdirSync(new URL(folder, EDITOR)).map((name) => readFileSync(new URL(`${folder}/${name}`, EDITOR), "utf8")).join("\n")

test("both languages have the same keys, with the same placeholders", () => {
  assert.deepEqual(Object.keys(zh), Object.keys(en))
  for (const key of Object.keys(en)) {
    assert.ok(zh[key].trim().length > 0 && en[key].trim().length > 0, key)
    assert.deepEqual(placeholders(zh[key]), placeholders(en[key]), key)
  }
})

test("Chinese is written with Chinese marks", () => {
  for (const [key, words] of Object.entries(zh)) {
    assert.doesNotMatch(words, /[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]/, key)
    if (words === en[key]) assert.match(words, /^[°×%]$/, key)
  }
})

test("every preset has a name and a size in words", () => {
  for (const texts of [new Texts("en"), new Texts("zh")]) {
    for (const name of PRESET_NAMES) {
      const { label, size } = texts.preset(name)
      assert.ok(!label.startsWith("preset.") && !size.startsWith("preset."), name)
    }
  }
  assert.equal(Object.keys(en).filter((key) => key.startsWith("preset.")).length, 2 * PRESET_NAMES.length)
})

test("every refusal and every warning in the code has words", () => {
  const code = sourcesOf("state") + sourcesOf("tools")
  const refusals = [...code.matchAll(/refusal\(\s*"(\w+)"/g)].map(([, each]) => each)
  assert.ok(refusals.length >= 12)
  for (const each of refusals) assert.ok(`refused.${each}` in en, each)
  const warnings = Object.keys(en).filter((key) => key.startsWith("warning."))
  for (const key of warnings) assert.ok(sourcesOf("tools").includes(`"${key.slice("warning.".length)}"`), key)
  for (const key of Object.keys(en).filter((each) => each.startsWith("refused."))) {
    assert.ok(refusals.includes(key.slice("refused.".length)), `${key} is never said`)
  }
})

test("the language follows the locale", () => {
  const locales = ["zh", "zh-CN", "zh-TW", "ZH-hk", "en", "en-GB", "fr", "", "zhu"]
  const languages = locales.map((each) => textsFor(each).language)
  assert.deepEqual(languages, ["zh", "zh", "zh", "zh", "en", "en", "en", "en", "en"])
  assert.equal(textsFor().language, "en")
})

test("placeholders are filled in, numbers without needless digits", () => {
  const texts = textsFor("en")
  assert.equal(texts.text("timeline.frame", { frame: 12, last: 12345, source: 3 }), "frame 12 of 12345 · shows 3")
  assert.equal(texts.text("clip.holes", { share: 87.65432 }), "holes: 87.7")
  assert.equal(texts.text("clip.holes", {}), "holes: {share}")
  assert.equal(texts.text("no.such.key"), "no.such.key")
  assert.equal(texts.text("toString"), "toString")
})

test("warnings and problems in words", () => {
  const warning = { code: "passes_through", frames: [3, 7], values: { distance: 0.04567 } }
  assert.equal(textsFor("en").warning(warning), "Frames 3–7: the camera is in the scene, 0.0457 nearest depths from it.")
  const single = { ...warning, frames: [3, 3] }
  assert.equal(textsFor("zh").warning(single), "第 3 帧：摄影机扎进了场景里，距离只有 0.0457 个最近深度。")
  const refused = Object.assign(new Error("English"), { code: "scale", values: {} })
  assert.match(textsFor("zh").problem(refused), /大小必须大于 0/)
  assert.equal(textsFor("zh").problem(new Error("as it is")), "as it is")
})
