// Owns guessing what is wrong with a text that cannot be read as it was meant: where it came from, and what to do.

/** What a text was written by or for, what tells it, and the sentence that helps. */
interface Sign {
  readonly pattern: RegExp
  /** @param found what the pattern matched, @param line its line, counted from 1 */
  readonly help: (found: string, line: number) => string
}

const PLAIN = 'YAML takes only the plain characters : , " \' ( ) { } [ ] and space.'

const TEMPLATE: Sign = {
  pattern: /\{\{.*?\}\}|\{%.*?%\}/,
  help: (found) =>
    `${found} is for a template engine: render the file first (a chart by \`helm template\`) and give what comes out.`,
}

const CHARACTER: Sign = {
  pattern: /[：，；“”‘’（）｛｝［］\u3000\u00a0\u2007\u202f\u200b]/u,
  help: (found, line) => `Line ${line} holds ${characterName(found)}; ${PLAIN}`,
}

/** Signs that a value may show. */
const VALUE_SIGNS: readonly Sign[] = [
  TEMPLATE,
  {
    pattern: /\$\{[A-Za-z_]\w*(?::?[-=?+][^}]*)?\}|^\$[A-Za-z_]\w*$/,
    help: (found) =>
      `${found} is a variable that nothing has filled in: files are read as they are. Fill it in first: ` +
      'envsubst < FILE | neargate plan -',
  },
  {
    pattern: /^<[^<>]+>$|^(?:your|my)[-_][\w-]*(?:name|region|account|id|here)$/i,
    help: (found) => `${found} is a placeholder; write your own value in its place.`,
  },
  { pattern: CHARACTER.pattern, help: (found) => `It holds ${characterName(found)}; ${PLAIN}` },
]

/** Signs at the beginnings of lines: of a text that was copied from somewhere. */
const LINE_SIGNS: readonly Sign[] = [
  {
    pattern: /^[ \t]*(?:```|~~~)\w*[ \t]*$/m,
    help: (_, line) =>
      `Line ${line} is the fence of a Markdown code block: keep only what stands between the fences.`,
  },
  {
    pattern: /^(?:<<<<<<<|=======|>>>>>>>)(?: |$)/m,
    help: (_, line) => `Line ${line} is a mark of a merge conflict in Git: resolve it first.`,
  },
  {
    pattern: /^[+-]{1,3}(?:apiVersion|kind|metadata)\b/m,
    help: (_, line) => `Line ${line} begins with a mark of a diff: take the marks away.`,
  },
  {
    pattern: /^[ \t]*\d+[ \t:|]+["']?(?:apiVersion|kind|metadata)\b/m,
    help: (_, line) => `Line ${line} begins with a line number: take the numbers away.`,
  },
  {
    pattern: /^[ \t]*[$%❯>#][ \t]+(?:apiVersion|kind|metadata|cat|kubectl|vim?)\b/m,
    help: (_, line) => `Line ${line} begins with the prompt of a shell: take the prompts away.`,
  },
]

function characterName(character: string): string {
  if (/[：，；（）｛｝［］]/.test(character)) return `the full-width ${character}`
  if (/[“”‘’]/.test(character)) return `the typographic quote ${character}`
  return `a space of another kind (U+${character.charCodeAt(0).toString(16).padStart(4, '0')})`
}

function firstOf(signs: readonly Sign[], text: string): string | undefined {
  for (const { pattern, help } of signs) {
    const found = pattern.exec(text)
    if (found) return help(found[0], text.slice(0, found.index).split('\n').length)
  }
  return undefined
}

/** What to do about a single value that is not what it should be; undefined when nothing stands out. */
export function valueHint(value: unknown): string | undefined {
  return typeof value === 'string' ? firstOf(VALUE_SIGNS, value) : undefined
}

/** What to do about a value that YAML takes for something else than the text that it was meant as. */
export function quotesHelp(value: unknown, written: string): string {
  const quotes = `Put it in quotes: "${written}".`
  // YAML 1.1, which kubectl and eksctl read, has more words for true and false than most people know: y, n, on, off.
  if (typeof value !== 'boolean' || written === String(value)) return quotes
  return `${quotes} Without them YAML reads ${written} as ${value}.`
}

/** The same for the text of a file that is no YAML, or none of an object. */
export function fileHint(text: string): string | undefined {
  return firstOf([...LINE_SIGNS, TEMPLATE], text) ?? firstOf([CHARACTER], outsideOfQuotes(text))
}

// Comments and quoted texts may hold any characters; Chinese ones are full of full-width punctuation.
function outsideOfQuotes(text: string): string {
  return text.replaceAll(/"[^"\n]*"|'[^'\n]*'|(?<=^|\s)#.*$/gm, '')
}

/** True for a file that holds lines of objects behind marks or numbers: it was meant as a manifest. */
export function isCopied(text: string): boolean {
  return (
    LINE_SIGNS.some(({ pattern }) => pattern.test(text)) && /\b(?:apiVersion|kind)["']?\s*[:：]/.test(text)
  )
}
