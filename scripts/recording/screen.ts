// Owns turning what a program wrote to a terminal into the lines that stayed, each with when it became what it is.

/** Text of one look: `32` is green, `1` bold, as in the escape sequences. */
export interface Run {
  readonly text: string
  readonly styles: readonly number[]
}

export interface Line {
  /** Seconds from the start at which the line got its last form. */
  readonly atSeconds: number
  readonly runs: readonly Run[]
}

/** What was written at once, and when. */
export interface Chunk {
  readonly atSeconds: number
  readonly text: string
}

// A cursor that goes up, an erased rest of the screen, a look, other sequences, the end of a line.
const SEQUENCE = /\x1b\[(\d*)A|\x1b\[0?J|\x1b\[([\d;]*)m|\x1b\[[\d;?]*[A-Za-z]|\r?\n/g // oxlint-disable-line no-control-regex

/** The codes that end a look, with those that they end. */
const ENDS: Readonly<Record<number, (style: number) => boolean>> = {
  0: () => true,
  22: (style) => style === 1 || style === 2,
  39: (style) => style >= 30 && style < 40,
}

/** The screen at the end. Only whole lines are drawn over, as progress views do. */
export function linesOf(chunks: readonly Chunk[]): readonly Line[] {
  const lines: Line[] = []
  let runs: Run[] = []
  let styles: readonly number[] = []
  for (const { atSeconds, text } of chunks) {
    let from = 0
    const write = (until: number): void => {
      if (until > from) runs.push({ text: text.slice(from, until), styles })
    }
    for (const found of text.matchAll(SEQUENCE)) {
      write(found.index)
      from = found.index + found[0].length
      const [sequence, up, look] = found
      if (up !== undefined) lines.splice(Math.max(0, lines.length - Number(up || 1)))
      else if (look !== undefined) styles = nextStyles(styles, look)
      else if (sequence.endsWith('\n')) {
        lines.push({ atSeconds, runs })
        runs = []
      }
    }
    write(text.length)
  }
  return runs.length > 0 ? [...lines, { atSeconds: chunks.at(-1)?.atSeconds ?? 0, runs }] : lines
}

function nextStyles(styles: readonly number[], look: string): readonly number[] {
  return look.split(';').reduce<readonly number[]>((now, code) => {
    const ends = ENDS[Number(code)]
    return ends ? now.filter((style) => !ends(style)) : [...now, Number(code)]
  }, styles)
}

/**
 * The chunks of a recording by util-linux' `script`: its output, whose first line is the program's own, and its timing file, each
 * line of which has the seconds since the chunk before and its bytes.
 */
export function chunksOf(output: Buffer, timing: string): readonly Chunk[] {
  let at = output.indexOf('\n') + 1
  let atSeconds = 0
  return timing
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [seconds = 0, bytes = 0] = line.split(' ').map(Number)
      atSeconds += seconds
      const text = output.toString('utf8', at, at + bytes)
      at += bytes
      return { atSeconds, text }
    })
}
