// Owns the documents of the repository as tests read them: their links, the anchors that they have, their code blocks.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { createSlugger } from '../../scripts/site/slug.ts'
import { root } from './program.ts'

/** Paths of all documents, from the root. */
export const documents: readonly string[] = [
  ...readdirSync(root),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'))

export function readDocument(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** A fenced block: what stands behind the fence (`sh`, `yaml title`), and its text. */
export interface CodeBlock {
  readonly info: string
  readonly text: string
}

/** The fenced blocks of a Markdown text. A longer fence may hold shorter ones. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  return [...markdown.matchAll(/^(`{3,})([^\n`]*)\n([\s\S]*?)^\1$/gm)].map(([, , info = '', text = '']) => ({
    info: info.trim(),
    text,
  }))
}

/** The text without what is code: nothing in it is a link or a heading. */
function prose(markdown: string): string {
  return markdown.replaceAll(/^(`{3,})[^\n`]*\n[\s\S]*?^\1$/gm, '')
}

/** The targets of links and images; the text around code is looked at, code is not. */
export function linksOf(markdown: string): readonly string[] {
  const text = prose(markdown).replaceAll(/`[^`\n]*`(?!\]|[^[\]\n]*\]\()/g, '')
  const inline = [...text.matchAll(/\]\(([^()\s]+)\)/g)]
  const html = [...text.matchAll(/(?:src|srcset|href)="([^"]+)"/g)]
  return [...inline, ...html].map(([, target = '']) => target)
}

/** The anchors of the headings. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const slug = createSlugger()
  return new Set(
    [...prose(markdown).matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) => slug(heading)),
  )
}
