// Owns the way through the site: the tables of docs/README.md, one section each.

export interface NavLink {
  readonly title: string
  /** As the document has it, from the root of the checkout. */
  readonly target: string
}

export interface NavSection {
  readonly title: string
  readonly links: readonly NavLink[]
}

/** @param index the text of docs/README.md, @param resolve what a link in it leads to, from the root */
export function navigationOf(index: string, resolve: (link: string) => string): readonly NavSection[] {
  const tables = index.split(/\n(?=\| [^[])/).filter((part) => part.startsWith('| '))
  return tables.map((table) => {
    const [, title = ''] = /^\| ([^|]+?) \|/.exec(table) ?? []
    const links = [...table.matchAll(/\[([^\]]+)\]\(([^)]+)\)/g)].map(([, text = '', link = '']) => ({
      title: text.replaceAll('`', ''),
      target: resolve(link),
    }))
    return { title, links: links.filter(({ target }) => target.endsWith('.md')) }
  })
}
