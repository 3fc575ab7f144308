// The recording of the README: how it is made of what a terminal was sent, and that both pictures show the same run.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'

import { chunksOf, linesOf } from '../scripts/recording/screen.ts'
import { filmSvg, THEMES } from '../scripts/recording/svg.ts'
import { root } from './support/program.ts'

function texts(...chunks: string[]): string[] {
  const lines = linesOf(chunks.map((text, atSeconds) => ({ atSeconds, text })))
  return lines.map(({ atSeconds, runs }) => `${atSeconds}:${runs.map(({ text }) => text).join('')}`)
}

describe('the screen', () => {
  it('keeps what is drawn last, from the moment it was', () => {
    const spinner = (frame: string): string => `\x1b[36m${frame}\x1b[39m step\r\n`
    const drawn = [
      `head\r\n${spinner('-')}`,
      `\x1b[1A\x1b[0J${spinner('|')}`,
      '\x1b[1A\x1b[0Jdone\r\n',
      'end',
    ]
    expect(texts(...drawn)).toEqual(['0:head', '2:done', '3:end'])
  })

  it('knows the looks of its parts', () => {
    const [line] = linesOf([
      { atSeconds: 0, text: '\x1b[1mbold \x1b[32mgreen\x1b[39m\x1b[22m \x1b[2mdim\x1b[0m plain\n' },
    ])
    expect(line?.runs).toEqual([
      { text: 'bold ', styles: [1] },
      { text: 'green', styles: [1, 32] },
      { text: ' ', styles: [] },
      { text: 'dim', styles: [2] },
      { text: ' plain', styles: [] },
    ])
  })

  it('is read from what `script` writes', () => {
    const output = Buffer.from('Script started\n✔ one\ntwo\n')
    expect(chunksOf(output, '0.5 8\n0.25 4\n')).toEqual([
      { atSeconds: 0.5, text: '✔ one\n' },
      { atSeconds: 0.75, text: 'two\n' },
    ])
  })
})

describe('the film', () => {
  const lines = ['a <b> & "c"', 'second', 'third'].map((text, index) => ({
    atSeconds: index * 10,
    runs: [{ text, styles: index === 1 ? [32, 2] : [] }],
  }))

  it('is XML, cuts long pauses, and moves up when the screen is full', () => {
    const svg = filmSvg({ command: 'x', lines, columns: 20, rows: 2, theme: THEMES.dark })
    expect(XMLValidator.validate(svg)).toBe(true)
    expect(svg).toContain('a &lt;b&gt; &amp; &quot;c&quot;')
    expect(svg).toContain(`class="d" fill="${THEMES.dark.colors[32]}"`)
    expect([...svg.matchAll(/animation-delay:([\d.]+)s/g)].map(([, delay]) => delay)).toEqual([
      '0.00',
      '0.00',
      '1.20',
      '2.40',
    ])
    expect(svg).toContain('.screen{transform:translateY(-38px)')
  })
})

describe('the pictures in docs', () => {
  const words = (theme: string): string => {
    const svg = readFileSync(join(root, `docs/recording-${theme}.svg`), 'utf8')
    expect(new XMLParser().parse(svg)).toHaveProperty('svg')
    return svg.replaceAll(/<style>.*?<\/style>|<[^>]+>/gs, '')
  }

  it('show one run of the example, to its end (npm run docs:recording)', () => {
    expect(words('light')).toBe(words('dark'))
    expect(words('light')).toMatch(
      /\$ neargate up examples\/eks-workshop[\s\S]*no problems found[\s\S]*is ready/,
    )
    expect(words('light')).not.toContain('/tmp/')
  })
})
