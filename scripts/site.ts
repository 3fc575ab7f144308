// Builds the documentation as a site, in site/ or the directory that is named: every document a page, and what they link to
// beside them.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, extname, join, posix, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { pageHtml, STYLE } from './site/layout.ts'
import { navigationOf } from './site/navigation.ts'
import { renderDocument } from './site/render.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const site = resolve(process.argv[2] ?? join(root, 'site'))

const documents = [
  ...readdirSync(root),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'))

/** Files that browsers show as they are. */
const SHOWN = new Set(['.svg', '.json', '.css'])

/** What documents link to and what is no document: each is written once, when it is first met. */
const others = new Set<string>()

/** Where a document or a file of the checkout is on the site. */
function addressOf(target: string): string {
  if (target === 'README.md') return 'index.html'
  if (target.endsWith('.md')) {
    if (!documents.includes(target)) others.add(target)
    return `${target.slice(0, -'.md'.length)}.html`
  }
  const path = join(root, target)
  if (!existsSync(path)) return target
  others.add(target)
  return SHOWN.has(extname(target)) ? target : `${target.replace(/\/$/, '')}.html`
}

function addressFrom(document: string, target: string): string {
  return (
    posix.relative(posix.dirname(addressOf(document)), addressOf(target)) || posix.basename(addressOf(target))
  )
}

/** What a link of a document becomes. */
function hrefIn(document: string): (link: string) => string {
  return (link) => {
    if (/^([a-z]+:|#)/.test(link)) return link
    const [path = '', anchor] = link.split('#')
    const address = addressFrom(document, posix.join(posix.dirname(document), path))
    return anchor === undefined ? address : `${address}#${anchor}`
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(site, path)), { recursive: true })
  writeFileSync(join(site, path), text)
}

const navigation = navigationOf(readFileSync(join(root, 'docs/README.md'), 'utf8'), (link) =>
  posix.join('docs', link),
)

function writePage(document: string, markdown: string): void {
  const body = renderDocument(markdown, hrefIn(document))
  const language = /(^docs\/zh\/|\.zh\.md$)/.test(document) ? 'zh' : 'en'
  const href = (target: string): string => addressFrom(document, target)
  write(addressOf(document), pageHtml({ body, language, navigation, href, document }))
}

/** A file or a directory as a document that shows it. */
function shown(target: string): string {
  const path = join(root, target)
  if (target.endsWith('.md')) return readFileSync(path, 'utf8')
  if (!statSync(path).isDirectory()) return `# ${target}\n\n${fenced(target)}`
  const names = readdirSync(path).filter((name) => !name.startsWith('.'))
  const inside = names.map((name) => `${target.replace(/\/$/, '')}/${name}`)
  if (names.every((name) => name.endsWith('.md'))) {
    const links = inside.map((each) => `- [${titleOf(each)}](${relative(dirname(target), each)})`)
    return `# ${posix.basename(target) === 'adr' ? 'Decisions' : target}\n\n${links.join('\n')}\n`
  }
  const files = inside.filter((each) => statSync(join(root, each)).isFile())
  return `# ${target}\n\n${files.map((each) => `## ${posix.basename(each)}\n\n${fenced(each)}`).join('\n')}`
}

function titleOf(document: string): string {
  return /^# (.+)$/m.exec(readFileSync(join(root, document), 'utf8'))?.[1] ?? document
}

function fenced(file: string): string {
  return `\`\`\`\`\n${readFileSync(join(root, file), 'utf8').trimEnd()}\n\`\`\`\`\n`
}

rmSync(site, { recursive: true, force: true })
for (const document of documents) writePage(document, readFileSync(join(root, document), 'utf8'))
for (const target of others) {
  if (SHOWN.has(extname(target))) cpSync(join(root, target), join(site, target), { recursive: true })
  else writePage(target, shown(target))
}
write('style.css', STYLE.trimStart())
process.stdout.write(
  `${documents.length + others.size} pages in ${relative(process.cwd(), site) || site}/index.html\n`,
)
