import { describe, expect, it } from 'vitest'

import { InternalError, UserError } from '../base/errors.ts'
import { printFailure } from './terminal.ts'
import { captured, type CaptureOptions } from './testing/captured.ts'

const both = { out: true, error: true }

describe('colour', () => {
  it.each<[string, CaptureOptions, boolean]>([
    ['on a terminal', { tty: both }, true],
    ['into a file', {}, false],
    ['with standard output into a pipe', { tty: { error: true } }, false],
    ['with standard error into a file', { tty: { out: true } }, false],
    ['with NO_COLOR', { tty: both, environment: { NO_COLOR: '1' } }, false],
    ['with an empty NO_COLOR, which is as good as none', { tty: both, environment: { NO_COLOR: '' } }, true],
    ['with FORCE_COLOR into a file', { environment: { FORCE_COLOR: '1' } }, true],
    ['with FORCE_COLOR and NO_COLOR', { environment: { FORCE_COLOR: '1', NO_COLOR: '1' } }, true],
    ['with FORCE_COLOR=0 on a terminal', { tty: both, environment: { FORCE_COLOR: '0' } }, false],
    ['on a dumb terminal', { tty: both, environment: { TERM: 'dumb' } }, false],
  ])('%s', (_, options, coloured) => {
    const { terminal } = captured(options)
    expect(terminal.coloured).toBe(coloured)
    expect(terminal.paint('red', 'x')).toBe(coloured ? '\x1b[31mx\x1b[39m' : 'x')
  })
})

describe('interactive', () => {
  it.each<[string, CaptureOptions, boolean]>([
    ['where standard error is a terminal', { tty: { error: true } }, true],
    ['not where only standard output is', { tty: { out: true } }, false],
    ['not in CI', { tty: both, environment: { CI: 'true' } }, false],
    ['not on a dumb terminal', { tty: both, environment: { TERM: 'dumb' } }, false],
    ['with NO_COLOR as well', { tty: both, environment: { NO_COLOR: '1' } }, true],
  ])('%s', (_, options, interactive) => {
    expect(captured(options).terminal.interactive).toBe(interactive)
  })
})

describe('lines', () => {
  it('end with one line break', () => {
    const { terminal, out, error } = captured()
    terminal.out('a')
    terminal.out('b\n')
    terminal.error('c')
    terminal.draw('\x1b[1A')
    expect(out()).toBe('a\nb\n')
    expect(error()).toBe('c\n\x1b[1A')
  })

  it('are 100 wide where nobody says how wide, and endless where nobody looks', () => {
    expect(captured({ tty: both }).terminal).toMatchObject({ columns: 100, drawColumns: 100 })
    expect(captured({ tty: both, columns: 0 }).terminal).toMatchObject({ columns: 100, drawColumns: 100 })
    expect(captured({ tty: both, columns: 72 }).terminal).toMatchObject({ columns: 72, drawColumns: 72 })
    expect(captured({ tty: { error: true }, columns: 72 }).terminal).toMatchObject({
      columns: Infinity,
      drawColumns: 72,
    })
  })
})

describe('printFailure', () => {
  it('says what happened and what to do, without a stack', () => {
    const { terminal, out, error } = captured()
    printFailure(terminal, new UserError('port 4566 is taken', { help: 'Choose another with --port.' }))
    expect(error()).toBe('error: port 4566 is taken\n  Choose another with --port.\n')
    expect(out()).toBe('')
  })

  it('has no empty line for help that is not there', () => {
    const { terminal, error } = captured()
    printFailure(terminal, new UserError('no'))
    expect(error()).toBe('error: no\n')
  })

  it('shows where a defect of our own is', () => {
    const { terminal, error } = captured()
    printFailure(terminal, new InternalError('a broken assumption'))
    const [first, ...stack] = error().split('\n')
    expect(first).toBe('error: a broken assumption')
    expect(stack[0]).toContain('terminal.test.ts')
  })

  it('copes with anything thrown', () => {
    const { terminal, error } = captured()
    printFailure(terminal, 'plain text')
    expect(error()).toBe('error: plain text\n')
  })
})
