import { describe, expect, test } from 'vitest'

import { parseScript, UnknownScript } from './parse.ts'
import { isKnown, runScript } from './run.ts'

/** What a script says, how long it sleeps and what it ends with. */
async function outcome(
  text: string,
  { variables = {}, files = {} }: { variables?: Record<string, string>; files?: Record<string, string> } = {},
): Promise<{ code: number; output: string; slept: number; files: Record<string, string> }> {
  let output = ''
  let slept = 0
  const written = new Map(Object.entries(files))
  const code = await runScript(parseScript(text), {
    variables: new Map(Object.entries(variables)),
    files: written,
    sleep: async (seconds) => void (slept += seconds),
    print: (said) => void (output += said),
    random: () => 20_000,
  })
  return { code, output, slept, files: Object.fromEntries(written) }
}

describe('a script', () => {
  test.each([
    ['exit 3', 3, ''],
    ['exit 0', 0, ''],
    ['exit 256', 0, ''],
    ['true', 0, ''],
    ['false', 1, ''],
    ['false; true', 0, ''],
    ['false && echo no', 1, ''],
    ['false || echo yes', 0, 'yes\n'],
    ['echo a b; echo "c  d"', 0, 'a b\nc  d\n'],
    ["echo 'a; b' # said", 0, 'a; b\n'],
    ['echo one\necho two\nexit 4', 4, 'one\ntwo\n'],
    ['echo -n a; echo b', 0, 'ab\n'],
    ['printf "%s-%s\\n" a b', 0, 'a-b\n'],
    ['! true', 1, ''],
    ['set -e; trap "" TERM; exit 2', 2, ''],
    ['A=1; B="$A 2"; echo $B ${C:-none}', 0, '1 2 none\n'],
    ['if [ 1 -eq 1 ]; then echo a; else echo b; fi', 0, 'a\n'],
    ['if [ a = b ]; then echo a; elif test -n x; then echo c; fi', 0, 'c\n'],
    ['if [[ -z "" ]]; then exit 7; fi', 7, ''],
    ['for i in 1 2 3; do echo $i; done', 0, '1\n2\n3\n'],
    ['i=0; while [ $i -lt 3 ]; do i=$((i + 1)); done; echo $i', 0, '3\n'],
    ['until false; do exit 5; done', 5, ''],
    ['exit $(( $RANDOM / 16384 ))', 1, ''],
    ['x=$(echo hi); echo "<$x>"', 0, '<hi>\n'],
    ['echo $?; false; echo $?', 0, '\n1\n'],
  ])('%j', async (text, code, said) => {
    expect(isKnown(parseScript(text))).toBe(true)
    expect(await outcome(text)).toMatchObject({ code, output: said })
  })

  test.each([
    ['sleep 5', 5],
    ['sleep 1m 2s', 62],
    ['sleep 0.5; sleep .5s', undefined],
    ['for i in 1 2; do sleep 3; done', 6],
  ])('%j sleeps %j', async (text, slept) => {
    if (slept === undefined) await expect(outcome(text)).rejects.toThrow(UnknownScript)
    else expect((await outcome(text)).slept).toBe(slept)
  })

  // kubernetes test/e2e/framework/job/fixtures.go.
  const odd = `
    if [ $(expr \${JOB_COMPLETION_INDEX} % 2) -ne 0 ]; then
      exit 1
    else
      exit 0
    fi
  `
  test.each([
    ['0', 0],
    ['1', 1],
    ['2', 0],
  ])('of index %s ends with %i', async (index, code) => {
    expect((await outcome(odd, { variables: { JOB_COMPLETION_INDEX: index } })).code).toBe(code)
  })

  test('finds what it left behind', async () => {
    const once = 'if [[ -r /data/foo ]]\nthen\n exit 0\nelse\n touch /data/foo\n exit 1\nfi'
    const first = await outcome(once)
    expect(first.code).toBe(1)
    expect((await outcome(once, { files: first.files })).code).toBe(0)
  })

  test('writes files instead of saying it', async () => {
    const { files, output } = await outcome(
      'echo DONE > /dev/termination-log; echo x >> /a; echo y >> /a; cat /a; echo z >/dev/null',
    )
    expect(files).toEqual({ '/dev/termination-log': 'DONE\n', '/a': 'x\ny\n' })
    expect(output).toBe('x\ny\n')
  })
})

describe('what is not understood', () => {
  test.each([
    'cat < /etc/passwd',
    'ls | wc -l',
    'sleep 5 &',
    '(exit 1)',
    'echo *',
    'echo `date`',
    'if true; then',
    'echo "open',
    'f() { echo; }',
    'case x in esac',
    'echo ${A%b}',
  ])('%j is not read', (text) => {
    expect(() => isKnown(parseScript(text)) || throwUnknown()).toThrow(UnknownScript)
  })

  test.each(['curl http://x', 'python -c 1', 'sleep 1; wget x', 'x=$(ls); echo $x', '$CMD a'])(
    '%j is read and not known',
    (text) => {
      expect(isKnown(parseScript(text))).toBe(false)
    },
  )

  test('is a loop that neither waits nor ends', async () => {
    await expect(outcome('while true; do :; done')).rejects.toThrow(UnknownScript)
  })
})

function throwUnknown(): never {
  throw new UnknownScript('not known')
}
