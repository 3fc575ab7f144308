// Owns turning a guide into one shell script: the files that it shows are written, its commands are run, in its order.
import { codeBlocks } from './documents.ts'

/** What a guide takes beside Neargate: `<!-- needs: helm, kubectl -->` anywhere in it. */
export function neededPrograms(markdown: string): readonly string[] {
  const [, list = ''] = /<!-- needs: ([^>]*?) -->/.exec(markdown) ?? []
  return list.split(',').flatMap((name) => name.trim() || [])
}

/**
 * The script of a guide. A block whose info names a file (`yaml cluster.yaml`) is that file; a block `sh` is run; what
 * else there is, is for people. Each command is announced, so that a failure tells which one it was.
 */
export function guideScript(markdown: string): string {
  const steps = codeBlocks(markdown).flatMap(({ info, text }) => {
    const [language, file] = info.split(' ')
    if (file !== undefined) return [writing(file, text)]
    return language === 'sh' ? [running(text)] : []
  })
  return ['set -euo pipefail', ...steps].join('\n')
}

function writing(file: string, text: string): string {
  return `mkdir -p "$(dirname ${file})"\ncat > ${file} <<'END_OF_FILE'\n${text}END_OF_FILE`
}

function running(text: string): string {
  // Lines that a backslash continues are one command.
  const commands = text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  return commands.map((line) => `printf '%s\\n' ${quoted(`$ ${line}`)} >&2\n${line}`).join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
