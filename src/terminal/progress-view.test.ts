import { describe, expect, it, onTestFinished } from 'vitest'

import { createProgressView, quietView, type ProgressView } from './progress-view.ts'
import { captured, type Captured } from './testing/captured.ts'

function live(columns = 100): Captured & { view: ProgressView; pass: (ms: number) => void } {
  let nowMs = 0
  const capture = captured({ tty: { error: true }, columns, environment: { NO_COLOR: '1' } })
  const view = createProgressView(capture.terminal, () => nowMs)
  onTestFinished(() => view.close())
  return { ...capture, view, pass: (ms) => (nowMs += ms) }
}

/** What a terminal shows after the sequences that the view uses: up N lines, erase to the end. */
function screen(written: string, columns = 1000): string[] {
  const lines: string[] = ['']
  // No other control character is in it but line breaks.
  for (const [place, part] of written.split('\x1b').entries()) {
    const sequence = place === 0 ? '' : (/^\[\d*[A-Z]/.exec(part)?.[0] ?? '')
    const up = sequence.endsWith('A') ? Number(sequence.slice(1, -1)) : 0
    if (up > 0) lines.splice(Math.max(0, lines.length - 1 - up), lines.length, '')
    for (const [index, line] of part.slice(sequence.length).split('\n').entries()) {
      if (index > 0) lines.push('')
      // A line that is too long goes on in the next row, as it does on a terminal.
      for (let start = 0; start < line.length; start += columns) {
        if (start > 0) lines.push('')
        lines[lines.length - 1] += line.slice(start, start + columns)
      }
    }
  }
  return lines.slice(0, -1)
}

describe('plain view', () => {
  it('prints a line for each step that ended, and nothing before', () => {
    const { terminal, error, out } = captured()
    const view = createProgressView(terminal, () => 0)
    view.started('control plane')
    view.detail('control plane', 'CREATE_IN_PROGRESS')
    expect(error()).toBe('')
    view.ended({ title: 'control plane', seconds: 1.234, outcome: 'created' })
    view.ended({ title: 'node group ng', seconds: 12.5, outcome: 'created', detail: '2 nodes ready' })
    view.ended({ title: 'check', seconds: 0, outcome: 'done' })
    view.failed('rollout nginx', 60)
    view.warning('version 1.28 is retired')
    view.close()
    expect(error().split('\n')).toEqual([
      `✔ ${'control plane'.padEnd(44)}   1.2s  created`,
      `✔ ${'node group ng'.padEnd(44)}  12.5s  created, 2 nodes ready`,
      `✔ ${'check'.padEnd(44)}   0.0s`,
      `✖ ${'rollout nginx'.padEnd(44)}  60.0s  failed`,
      '▲ warning version 1.28 is retired',
      '',
    ])
    expect(out()).toBe('')
  })
})

describe('live view', () => {
  it('leaves a question alone until it is answered, and goes on below it', async () => {
    const { view, terminal, error } = live()
    const answered = Promise.withResolvers<undefined>()
    view.started('control plane')
    const held = terminal.hold(() => {
      terminal.draw('code: ')
      return answered.promise
    })
    view.started('node group ng')
    view.ended({ title: 'control plane', seconds: 1, outcome: 'created' })
    expect(screen(error() + '\n').at(-1)).toBe('code: ')
    terminal.draw('123456\n')
    answered.resolve(undefined)
    await held
    view.ended({ title: 'node group ng', seconds: 2, outcome: 'created' })
    expect(screen(error()).map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      '⠋ control plane 0.0s ',
      'code: 123456',
      '✔ control plane 1.0s created',
      '✔ node group ng 2.0s created',
    ])
  })

  it('shows one line for each step under way, with time and what it waits for', () => {
    const { view, error, pass } = live()
    view.started('control plane')
    pass(1500)
    view.detail('control plane', 'CREATE_IN_PROGRESS')
    view.started('node group ng')
    expect(screen(error())).toEqual([
      `⠋ ${'control plane'.padEnd(44)}   1.5s  CREATE_IN_PROGRESS`,
      `⠋ ${'node group ng'.padEnd(44)}   0.0s  `,
    ])
  })

  it('leaves a line behind for each step that ended, above those under way', () => {
    const { view, error } = live()
    view.started('one')
    view.started('two')
    view.started('three')
    view.ended({ title: 'two', seconds: 2, outcome: 'created' })
    view.failed('one', 3)
    view.warning('look out')
    expect(screen(error()).map((line) => line.split(/\s{2,}/)[0])).toEqual([
      '✔ two',
      '✖ one',
      '▲ warning look out',
      '⠋ three',
    ])
  })

  it('goes up by as many lines as it drew, and erases them', () => {
    const { view, error } = live()
    view.started('one')
    view.started('two')
    const before = error().length
    view.ended({ title: 'one', seconds: 1, outcome: 'done' })
    const drawn = error().slice(before)
    expect(drawn.startsWith('\x1b[2A\x1b[0J✔ one'), JSON.stringify(drawn)).toBe(true)
  })

  it('takes away what is under way when it is closed, once', () => {
    const { view, error } = live()
    view.started('one')
    view.close()
    expect(screen(error())).toEqual([])
    const before = error()
    view.close()
    expect(error()).toBe(before)
  })

  it.each([40, 60, 80, 120])('never draws a line longer than a terminal of %i columns', (columns) => {
    const { view, error } = live(columns)
    const title = 'stack eksctl-workshop-addon-iamserviceaccount-kube-system-aws-load-balancer-controller'
    view.started(title)
    view.detail(title, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS '.repeat(4))
    view.started('two')
    for (const line of screen(error())) expect(line.length).toBeLessThanOrEqual(columns)
    view.close()
    expect(screen(error(), columns)).toEqual([])
  })

  it('shows what became of a step below it where there is no room beside it', () => {
    const { view, error } = live(60)
    view.ended({ title: 'control plane', seconds: 1.2, outcome: 'unchanged' })
    view.ended({ title: 'network', seconds: 0.1, outcome: 'created', detail: 'vpc-0957a3cc759ff53d4' })
    view.ended({
      title: 'what runs pods',
      seconds: 0,
      outcome: 'done',
      detail: 'stand-ins: no socket of Docker or Podman was found, and none was named',
    })
    expect(screen(error(), 60)).toEqual([
      `✔ ${'control plane'.padEnd(33)}   1.2s  unchanged`,
      `✔ ${'network'.padEnd(33)}   0.1s`,
      '    created, vpc-0957a3cc759ff53d4',
      `✔ ${'what runs pods'.padEnd(33)}   0.0s`,
      '    stand-ins: no socket of Docker or Podman was found, and',
      '    none was named',
    ])
  })

  it('lets a title that is longer than the terminal go on below, its time behind it', () => {
    const { view, error } = live(44)
    const title = 'access of the service account kube-system/aws-load-balancer-controller'
    view.ended({ title, seconds: 0.1, outcome: 'created' })
    expect(screen(error(), 44)).toEqual([
      '✔ access of the service account',
      '    kube-system/aws-load-balancer-controller',
      '    0.1s  created',
    ])
  })

  it('does not mind a detail of a step that has ended', () => {
    const { view, error } = live()
    view.detail('gone', 'x')
    expect(error()).toBe('')
  })
})

describe('a view of changes', () => {
  const steps = [
    { title: 'control plane', seconds: 0, outcome: 'unchanged' },
    { title: 'health of coredns', seconds: 0, outcome: 'done', detail: 'ACTIVE' },
    { title: 'manifests', seconds: 0.1, outcome: 'updated' },
    { title: 'node group ng', seconds: 0, outcome: 'unchanged' },
    { title: 'health of coredns', seconds: 0.02, outcome: 'done', detail: 'ACTIVE' },
    { title: 'rollout web', seconds: 1, outcome: 'done', detail: '2/2 ready' },
  ] as const

  it('leaves out what is as it was, and waits before anything changed', () => {
    const { terminal, error } = captured()
    const view = createProgressView(terminal, () => 0, { changesOnly: true })
    for (const step of steps) view.ended(step)
    view.failed('load balancer web', 3)
    expect(error().match(/^. \S+/gm)).toEqual(['✔ manifests', '✔ rollout', '✖ load'])
  })

  it('takes their lines away from a terminal', () => {
    const { terminal, error } = captured({
      tty: { error: true },
      columns: 100,
      environment: { NO_COLOR: '1' },
    })
    const view = createProgressView(terminal, () => 0, { changesOnly: true })
    onTestFinished(() => view.close())
    for (const step of steps) {
      view.started(step.title)
      view.ended(step)
    }
    expect(screen(error()).map((line) => line.split(/\s{2,}/)[0])).toEqual(['✔ manifests', '✔ rollout web'])
  })
})

describe('quiet view', () => {
  it('lets warnings through only', () => {
    const { terminal, error, out } = captured()
    const view = quietView(terminal)
    view.started('one')
    view.detail('one', 'x')
    view.ended({ title: 'one', seconds: 1, outcome: 'created' })
    view.failed('two', 1)
    view.warning('look out')
    view.close()
    expect(error()).toBe('▲ warning look out\n')
    expect(out()).toBe('')
  })
})
