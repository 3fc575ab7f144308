// Owns the terminal: where text goes, whether it may be coloured, and how an error is shown.
import { styleText } from 'node:util'

import { messageOf } from '../base/errors.ts'
import { userErrorOf } from '../base/user-error-of.ts'
import { wrapLines } from './wrap.ts'

type Style = Parameters<typeof styleText>[0]

/** How text may look where it goes. */
export interface Look {
  /** Width in characters; texts are wrapped to it. Infinite where nobody looks: what is piped on stays in one line. */
  readonly columns: number
  paint(style: Style, text: string): string
}

/** The streams of one run of the program. */
export interface Terminal extends Look {
  out(text: string): void
  /** Prose on the output stream, in lines that fit. */
  say(text: string): void
  /** Prose on the error stream, in lines that fit. */
  error(text: string): void
  /** Writes to the error stream as it is, for drawing in place. */
  draw(text: string): void
  /** True when progress may be redrawn in place. */
  readonly interactive: boolean
  readonly coloured: boolean
  /** Width of the stream that progress is drawn on. */
  readonly drawColumns: number
  /** Leaves the error stream to a question until it is answered: nobody draws in place meanwhile. */
  hold<T>(question: () => Promise<T>): Promise<T>
  isHeld(): boolean
}

interface TerminalStream {
  write(text: string): boolean
  readonly isTTY?: boolean
  readonly columns?: number
}

const DEFAULT_COLUMNS = 100

/** A terminal over two streams; colours follow NO_COLOR, FORCE_COLOR and whether anybody looks. */
export function createTerminal(
  streams: { readonly out: TerminalStream; readonly error: TerminalStream },
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const looksAt = streams.error.isTTY === true
  const coloured = isColoured(streams, environment)
  const columns = columnsOf(streams.out)
  const out = (text: string): void => writeLine(streams.out, text)
  let held = 0
  return {
    hold: async (question) => {
      held++
      try {
        return await question()
      } finally {
        held--
      }
    },
    isHeld: () => held > 0,
    out,
    say: (text) => out(wrapLines(text, columns)),
    error: (text) => writeLine(streams.error, wrapLines(text, columnsOf(streams.error))),
    draw: (text) => void streams.error.write(text),
    interactive: looksAt && environment['CI'] === undefined && environment['TERM'] !== 'dumb',
    columns,
    drawColumns: widthOf(streams.error),
    coloured,
    paint: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
  }
}

function columnsOf(stream: TerminalStream): number {
  return stream.isTTY === true ? widthOf(stream) : Infinity
}

// A terminal that nobody has given a size says 0.
function widthOf({ columns = 0 }: TerminalStream): number {
  return columns > 0 ? columns : DEFAULT_COLUMNS
}

function writeLine(stream: TerminalStream, text: string): void {
  stream.write(text.endsWith('\n') ? text : `${text}\n`)
}

// One answer for both streams: what is piped on must be free of escape sequences.
function isColoured(
  { out, error }: Parameters<typeof createTerminal>[0],
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const forced = environment['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  const looksAt = out.isTTY === true && error.isTTY === true
  return looksAt && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
}

/** Prints a failure: what happened, and what to do next. A stack trace only for our own defects. */
export function printFailure(terminal: Terminal, error: unknown): void {
  const told = userErrorOf(error)
  if (told) {
    terminal.error(`${terminal.paint('red', 'error:')} ${told.message}`)
    if (told.help !== undefined) terminal.error(`  ${terminal.paint('cyan', told.help)}`)
    return
  }
  terminal.error(`${terminal.paint('red', 'error:')} ${messageOf(error)}`)
  if (Error.isError(error) && error.stack !== undefined)
    terminal.error(error.stack.split('\n').slice(1).join('\n'))
}
