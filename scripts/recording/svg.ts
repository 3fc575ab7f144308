// Owns drawing a recording as an SVG that plays: lines come as they came, and the screen moves up when it is full.
import stringWidth from 'string-width'

import type { Line, Run } from './screen.ts'

/** Colors by the code of their escape sequence. */
export interface Theme {
  readonly background: string
  readonly text: string
  readonly border: string
  readonly colors: Readonly<Record<number, string>>
}

export const THEMES = {
  light: {
    background: '#ffffff',
    text: '#1f2328',
    border: '#d1d9e0',
    colors: { 31: '#cf222e', 32: '#1a7f37', 33: '#9a6700', 35: '#8250df', 36: '#0969da' },
  },
  dark: {
    background: '#0d1117',
    text: '#e6edf3',
    border: '#3d444d',
    colors: { 31: '#ff7b72', 32: '#3fb950', 33: '#d29922', 35: '#d2a8ff', 36: '#79c0ff' },
  },
} as const satisfies Record<string, Theme>

export interface Film {
  /** What was typed before. */
  readonly command: string
  readonly lines: readonly Line[]
  /** Of the terminal. */
  readonly columns: number
  readonly rows: number
  readonly theme: Theme
}

const CHARACTER_PX = 8.4
const LINE_PX = 19
const PADDING_PX = 16
const BAR_PX = 28
const FONT_PX = 14
/** The last screen stays so long before the film is over. */
const REST_SECONDS = 2
/** Nothing happens for longer. */
const LONGEST_PAUSE_SECONDS = 1.2

/** The text of the SVG. Without animation, and for who asks for reduced motion, it shows the last screen. */
export function filmSvg({ command, lines, columns, rows, theme }: Film): string {
  const typed: Line = {
    atSeconds: 0,
    runs: [
      { text: '$ ', styles: [2] },
      { text: command, styles: [1] },
    ],
  }
  const shown = shortened([typed, ...lines])
  const duration = (shown.at(-1)?.atSeconds ?? 0) + REST_SECONDS
  const width = Math.ceil(columns * CHARACTER_PX + 2 * PADDING_PX)
  const screen = rows * LINE_PX
  const height = screen + BAR_PX + 2 * PADDING_PX
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(`A terminal: ${command}`)}">`,
    `<style>${style(shown, { rows, duration })}</style>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${theme.background}" stroke="${theme.border}"/>`,
    ...[0, 1, 2].map(
      (dot) =>
        `<circle cx="${PADDING_PX + 6 + dot * 18}" cy="${BAR_PX / 2 + 4}" r="5" fill="${theme.border}"/>`,
    ),
    `<svg x="${PADDING_PX}" y="${BAR_PX + PADDING_PX / 2}" width="${width - 2 * PADDING_PX}" height="${screen}" overflow="hidden">`,
    `<g class="screen" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_PX}" fill="${theme.text}">`,
    ...shown.map((line, index) => lineSvg(line, index, theme)),
    '</g>',
    '</svg>',
    '</svg>',
    '',
  ].join('\n')
}

/** The same lines with long pauses cut: nobody has to wait as long as the machine did. */
function shortened(lines: readonly Line[]): readonly Line[] {
  let before = 0
  let now = 0
  return lines.map(({ atSeconds, runs }) => {
    now += Math.min(LONGEST_PAUSE_SECONDS, Math.max(0, atSeconds - before))
    before = atSeconds
    return { atSeconds: now, runs }
  })
}

function style(lines: readonly Line[], { rows, duration }: { rows: number; duration: number }): string {
  const percent = (seconds: number): string => `${((seconds / duration) * 100).toFixed(2)}%`
  const up = (index: number): number => Math.max(0, index + 1 - rows) * LINE_PX
  const moves = lines.map(
    ({ atSeconds }, index) => `${percent(atSeconds)}{transform:translateY(-${up(index)}px)}`,
  )
  const last = up(lines.length - 1)
  return [
    'text{white-space:pre}',
    `.screen{transform:translateY(-${last}px);animation:move ${duration.toFixed(2)}s step-end}`,
    `@keyframes move{0%{transform:translateY(0)}${moves.join('')}}`,
    '@keyframes come{from{opacity:0}to{opacity:1}}',
    '.l{animation:come 0.01s both}',
    '.d{opacity:.62}.b{font-weight:600}',
    '@media (prefers-reduced-motion:reduce){.screen,.l{animation:none}}',
  ].join('')
}

function lineSvg({ atSeconds, runs }: Line, index: number, theme: Theme): string {
  let column = 0
  const parts = runs.map((run) => {
    const part = runSvg(run, column, theme)
    column += stringWidth(run.text)
    return part
  })
  const y = index * LINE_PX + FONT_PX
  return `<text class="l" y="${y}" style="animation-delay:${atSeconds.toFixed(2)}s">${parts.join('')}</text>`
}

function runSvg({ text, styles }: Run, column: number, theme: Theme): string {
  if (text.trim() === '') return ''
  const color = styles.map((each) => theme.colors[each]).find((each) => each !== undefined)
  const classes = [...(styles.includes(1) ? ['b'] : []), ...(styles.includes(2) ? ['d'] : [])].join(' ')
  const length = stringWidth(text)
  const attributes = [
    `x="${(column * CHARACTER_PX).toFixed(1)}"`,
    // Columns stay in line whatever font the reader has.
    `textLength="${(length * CHARACTER_PX).toFixed(1)}"`,
    ...(classes === '' ? [] : [`class="${classes}"`]),
    ...(color === undefined ? [] : [`fill="${color}"`]),
  ]
  return `<tspan ${attributes.join(' ')}>${escaped(text)}</tspan>`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
