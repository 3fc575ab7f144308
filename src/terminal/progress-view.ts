// Owns the drawing of progress: one line a step, live where the terminal can, plain lines otherwise.
import { warningMark } from './problems.ts'
import type { Terminal } from './terminal.ts'
import { wrap, wrapLines } from './wrap.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80
const TITLE_WIDTH = 44
// The spinner, a space, and the last column, which stays free.
const SPINNER_WIDTH = 3
const MARK_WIDTH = 2
const INDENT = '    '
// Mark and time, and most of what is said of a step: `unchanged, 2 nodes` has to go below on the narrowest terminals only.
const WIDTH_BESIDE_TITLE = 27

/** What became of a step: shown beside its title. */
export type StepOutcome = 'created' | 'updated' | 'unchanged' | 'deleted' | 'done' | 'skipped'

export interface StepReport {
  readonly title: string
  readonly seconds: number
  readonly outcome: StepOutcome
  /** A few words on what was made, e.g. `2 nodes`. */
  readonly detail?: string
}

/** Receives the course of a run. Implementations draw it, or keep it for `--json`. */
export interface ProgressListener {
  started(title: string): void
  /** What the step waits for at the moment. */
  detail(title: string, text: string): void
  ended(report: StepReport): void
  failed(title: string, seconds: number): void
  warning(text: string): void
}

/** A view that must be closed when the run is over. */
export interface ProgressView extends ProgressListener {
  close(): void
}

export interface ViewOptions {
  /** Leaves a line only for what changes something, and for waits that come after that. */
  readonly changesOnly?: boolean
}

/** The view that suits the terminal. */
export function createProgressView(
  terminal: Terminal,
  now: () => number,
  { changesOnly = false }: ViewOptions = {},
): ProgressView {
  const isNews = changesOnly ? newsOfChanges() : () => true
  return terminal.interactive ? liveView(terminal, now, isNews) : plainView(terminal, isNews)
}

// What took less was not waited for.
const WAIT_SECONDS = 0.1

type IsNews = (report: StepReport) => boolean

// A rollout or a health that is waited for may be news only when something before it was not as it is now.
function newsOfChanges(): IsNews {
  let hasChanged = false
  return ({ outcome, seconds }) => {
    if (outcome !== 'unchanged' && outcome !== 'done') hasChanged = true
    return outcome !== 'unchanged' && (outcome !== 'done' || (hasChanged && seconds >= WAIT_SECONDS))
  }
}

/** Hears of everything and says nothing: for programs that ask for the result alone. */
export const silentView: ProgressView = {
  started: () => undefined,
  detail: () => undefined,
  ended: () => undefined,
  failed: () => undefined,
  warning: () => undefined,
  close: () => undefined,
}

/** A view that shows nothing, for `--json`: warnings only. */
export function quietView(terminal: Terminal): ProgressView {
  return { ...silentView, warning: (text) => terminal.error(`${warningMark(terminal)} ${text}`) }
}

function plainView(terminal: Terminal, isNews: IsNews): ProgressView {
  return {
    ...quietView(terminal),
    ended: (report) => {
      if (isNews(report)) terminal.error(endedLine(terminal, report))
    },
    failed: (title, seconds) => terminal.error(failedLine(terminal, title, seconds)),
  }
}

interface ActiveStep {
  readonly startedMs: number
  detail: string
}

function liveView(terminal: Terminal, now: () => number, isNews: IsNews): ProgressView {
  const active = new Map<string, ActiveStep>()
  const later: string[] = []
  let drawn = 0
  let frame = 0

  const erase = (): string => (drawn > 0 ? `\x1b[${drawn}A\x1b[0J` : '')
  const draw = (finished: readonly string[]): void => {
    later.push(...finished)
    // What is drawn stays above the question, and is drawn anew below its answer.
    if (terminal.isHeld()) drawn = 0
    else drawNow(later.splice(0))
  }
  const drawNow = (finished: readonly string[]): void => {
    const lines = [...active].map(([title, step]) => activeLine(title, step))
    const text = [...finished, ...lines].map((line) => `${line}\n`).join('')
    terminal.draw(`${erase()}${text}`)
    drawn = lines.length
  }
  const activeLine = (title: string, step: ActiveStep): string => {
    const time = `${((now() - step.startedMs) / 1000).toFixed(1).padStart(5)}s`
    const spinner = terminal.paint('cyan', FRAMES[frame % FRAMES.length] ?? '')
    // A line that is wider than the terminal takes two rows, of which only one would be erased.
    const width = Math.max(0, terminal.drawColumns - SPINNER_WIDTH)
    const forTitle = Math.max(0, width - time.length - 1)
    const shown = title.slice(0, forTitle).padEnd(Math.min(titleWidthOf(terminal.drawColumns), forTitle))
    const rest = `${time}  ${step.detail}`.slice(0, Math.max(0, width - shown.length - 1))
    return `${spinner} ${shown} ${terminal.paint('dim', rest)}`
  }
  const timer = setInterval(() => {
    frame++
    if (active.size > 0) draw([])
  }, FRAME_MS)
  timer.unref()

  return {
    started(title) {
      active.set(title, { startedMs: now(), detail: '' })
      draw([])
    },
    detail(title, text) {
      const step = active.get(title)
      if (step) step.detail = text
    },
    ended(report) {
      active.delete(report.title)
      draw(isNews(report) ? [endedLine(terminal, report)] : [])
    },
    failed(title, seconds) {
      active.delete(title)
      draw([failedLine(terminal, title, seconds)])
    },
    warning: (text) => draw([wrapLines(`${warningMark(terminal)} ${text}`, terminal.drawColumns)]),
    close() {
      clearInterval(timer)
      active.clear()
      draw([])
    },
  }
}

function endedLine(terminal: Terminal, { title, seconds, outcome, detail }: StepReport): string {
  const words = [outcome === 'done' ? '' : outcome, detail ?? ''].filter(Boolean).join(', ')
  return stepLine(terminal, { mark: terminal.paint('green', '✔'), title, seconds, words })
}

function failedLine(terminal: Terminal, title: string, seconds: number): string {
  return stepLine(terminal, { mark: terminal.paint('red', '✖'), title, seconds, words: 'failed' })
}

function titleWidthOf(columns: number): number {
  return Math.min(TITLE_WIDTH, Math.max(0, columns - WIDTH_BESIDE_TITLE))
}

interface StepLine {
  readonly mark: string
  readonly title: string
  readonly seconds: number
  readonly words: string
}

/**
 * A step that is over. On a narrow terminal its columns are narrower, and words that don't fit stand below; so does the
 * time of a title that leaves no room for it.
 */
function stepLine(terminal: Terminal, { mark, title, seconds, words }: StepLine): string {
  const columns = terminal.interactive ? terminal.drawColumns : Infinity
  const titleWidth = titleWidthOf(columns)
  const time = `${seconds.toFixed(1).padStart(5)}s`
  const head = `${title.padEnd(titleWidth)} ${time}`
  if (MARK_WIDTH + head.length > columns) {
    const [first = '', ...rest] = wrap(title, columns - INDENT.length).map((line, at) =>
      at === 0 ? line : INDENT + line,
    )
    const said = wrap(`${time.trim()}  ${words}`.trimEnd(), columns - INDENT.length)
    return [`${mark} ${first}`, ...rest, ...said.map((line) => terminal.paint('dim', INDENT + line))].join(
      '\n',
    )
  }
  const fits = MARK_WIDTH + head.length + 2 + words.length <= columns
  const beside = fits ? `${time}  ${words}`.trimEnd() : time
  const below = fits ? [] : wrap(words, columns - INDENT.length).map((line) => INDENT + line)
  const first = `${mark} ${title.padEnd(titleWidth)} ${terminal.paint('dim', beside)}`
  return [first, ...below.map((line) => terminal.paint('dim', line))].join('\n')
}
