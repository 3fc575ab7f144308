// Owns turning one document into the body of a page: headings with anchors, links to pages, code as it is.
import { Marked, type Tokens } from 'marked'

import { createSlugger } from './slug.ts'

export interface Heading {
  readonly depth: number
  readonly id: string
  /** As HTML. */
  readonly html: string
}

export interface Body {
  readonly title: string
  readonly html: string
  readonly headings: readonly Heading[]
}

/** @param markdown the document, @param href what a link of it becomes on the site */
export function renderDocument(markdown: string, href: (link: string) => string): Body {
  const slug = createSlugger()
  const headings: Heading[] = []
  const marked = new Marked({ gfm: true })
  marked.use({
    renderer: {
      heading(
        this: { parser: { parseInline(tokens: Tokens.Generic[]): string } },
        { tokens, depth, text }: Tokens.Heading,
      ) {
        const html = this.parser.parseInline(tokens)
        const id = slug(text)
        headings.push({ depth, id, html })
        return `<h${depth} id="${id}"><a class="anchor" href="#${id}" aria-label="Link to this section">#</a>${html}</h${depth}>\n`
      },
      table(token: Tokens.Table) {
        // Wide tables scroll by themselves; the page does not.
        const cells = (row: readonly Tokens.TableCell[], tag: string): string =>
          `<tr>${row.map((cell) => `<${tag}>${marked.Parser.parseInline(cell.tokens, marked.defaults)}</${tag}>`).join('')}</tr>`
        const body = token.rows.map((row) => cells(row, 'td')).join('\n')
        return `<div class="table"><table><thead>${cells(token.header, 'th')}</thead><tbody>${body}</tbody></table></div>\n`
      },
    },
    walkTokens(token) {
      if (token.type === 'link' || token.type === 'image') token['href'] = href(String(token['href']))
    },
  })
  const html = marked.parse(withoutShortcuts(markdown), { async: false })
  const withSources = html.replaceAll(
    /(src|srcset)="([^"]+)"/g,
    (_, name, link: string) => `${name}="${href(link)}"`,
  )
  const title = headings[0]?.html.replaceAll(/<[^>]+>/g, '') ?? 'Neargate'
  return { title, html: withSources, headings }
}

/** The names of files in info strings are for tests; readers see them above the block. */
function withoutShortcuts(markdown: string): string {
  return markdown.replaceAll(/^(`{3,})(\w+) (\S+)$/gm, '*`$3`*\n\n$1$2')
}
