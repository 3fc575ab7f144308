// The documentation as a site: every page is there, and its links and anchors lead to what was written.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { documents } from './support/documents.ts'
import { root, run } from './support/program.ts'

const site = mkdtempSync(join(tmpdir(), 'neargate-site-'))

beforeAll(async () => {
  const { status, stderr } = await run(process.execPath, [join(root, 'scripts/site.ts'), site], process.env)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

afterAll(() => rmSync(site, { recursive: true, force: true }))

function pages(): readonly string[] {
  return readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'))
}

/** The links of a page that lead nowhere on the site. */
function brokenLinks(page: string): readonly string[] {
  const html = readFileSync(join(site, page), 'utf8')
  const links = [...html.matchAll(/(?:href|src|srcset)="([^"]*)"/g)].map(([, link = '']) => link)
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [path = '', anchor] = link.split('#')
    const file = path === '' ? join(site, page) : join(site, dirname(page), path)
    if (!existsSync(file)) return true
    return anchor !== undefined && file.endsWith('.html') && !hasAnchor(file, decodeURIComponent(anchor))
  })
}

const texts = new Map<string, string>()

function hasAnchor(file: string, anchor: string): boolean {
  const text = texts.get(file) ?? readFileSync(file, 'utf8')
  texts.set(file, text)
  return text.includes(`id="${anchor}"`)
}

describe('the site', () => {
  it('has a page for each document', () => {
    expect(pages().length).toBeGreaterThanOrEqual(documents.length)
    expect(pages()).toContain('index.html')
  })

  it('has no link that leads nowhere', () => {
    const broken = pages().flatMap((page) => brokenLinks(page).map((link) => `${page}: ${link}`))
    expect(broken).toEqual([])
  })

  it('says which language a page is in, and names the file above its listing', () => {
    const text = (page: string): string => readFileSync(join(site, page), 'utf8')
    expect(text('docs/zh/walkthrough.html')).toContain('<html lang="zh">')
    expect(text('docs/guides/test-my-chart.html')).toMatch(
      /<em><code>cluster\.yaml<\/code><\/em><\/p>\s*<pre>/,
    )
  })
})
