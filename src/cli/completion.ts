// Owns the completion scripts of bash, zsh and fish, made from the table of commands.
import type { Command, Option } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

/** The script for a shell; it completes commands, options, the values of options that have a choice, and files. */
export function completionScript(shell: Shell, program: Command): string {
  const commands = program.commands.map((command) => rowOf(command))
  if (shell === 'bash') return bash(commands)
  return shell === 'zsh' ? zsh(commands) : fish(commands)
}

interface Row {
  readonly name: string
  readonly does: string
  readonly options: readonly Option[]
  /** What its argument may be; undefined: files. */
  readonly values: readonly string[] | undefined
}

function rowOf(command: Command): Row {
  const [argument] = command.registeredArguments
  const isPath = argument?.name() === 'path'
  return {
    name: command.name(),
    does: command.description(),
    options: [...command.createHelp().visibleOptions(command)],
    values: isPath ? undefined : (argument?.argChoices ?? []),
  }
}

function written({ short, long }: Option): readonly string[] {
  return [short, long].filter((flag) => flag !== undefined)
}

function bash(rows: readonly Row[]): string {
  const cases = rows.map(({ name, options, values }) => {
    const words = [...options.flatMap(written), ...(values ?? [])].join(' ')
    const choices = options
      .filter(({ argChoices }) => argChoices)
      .map(
        (option) =>
          `${written(option).join('|')}) COMPREPLY=($(compgen -W '${option.argChoices?.join(' ')}' -- "$cur")); return ;;`,
      )
    const chosen = choices.length > 0 ? `case "$prev" in ${choices.join(' ')} esac; ` : ''
    return `    ${name}) ${chosen}COMPREPLY=($(compgen -W '${words}' ${values === undefined ? '-f ' : ''}-- "$cur")) ;;`
  })
  return `# bash completion of neargate: source <(neargate completion bash)
_neargate() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W '${rows.map(({ name }) => name).join(' ')} help' -- "$cur")); return; fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o filenames -F _neargate neargate`
}

function zsh(rows: readonly Row[]): string {
  const cases = rows.map(({ name, options, values }) => {
    const specs = options.flatMap((option) =>
      written(option).map((flag) => quoted(`${flag}[${plain(option.description)}]${valueOf(option)}`)),
    )
    const rest = values === undefined ? "'*:path:_files'" : `'1:value:(${values.join(' ')})'`
    return `    ${name}) _arguments ${[...specs, rest].join(' ')} ;;`
  })
  const list = rows.map(({ name, does }) => `    ${quoted(`${name}:${plain(does)}`)}`)
  return `#compdef neargate
# zsh completion of neargate: neargate completion zsh > "\${fpath[1]}/_neargate"
_neargate() {
  local -a commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command="$words[2]"
  shift words; (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_neargate" ]; then _neargate "$@"; else compdef _neargate neargate; fi`
}

function valueOf({ required, argChoices }: Option): string {
  if (!required) return ''
  return argChoices ? `:value:(${argChoices.join(' ')})` : ':value:_files'
}

// Brackets and colons end a part of a specification.
function plain(text: string): string {
  return text.replaceAll(/[[\]]/g, '').replaceAll(':', ' -')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function fish(rows: readonly Row[]): string {
  const first = rows.map(
    ({ name, does }) => `complete -c neargate -n __fish_use_subcommand -f -a ${name} -d ${quoted(does)}`,
  )
  const within = rows.flatMap(({ name, options, values }) => {
    const seen = `complete -c neargate -n '__fish_seen_subcommand_from ${name}'`
    const flags = options.map((option) => {
      const { short, long, description, required, argChoices } = option
      const ways = [short && `-s ${short.slice(1)}`, long && `-l ${long.slice(2)}`, required && '-r']
      const choice = argChoices && `-f -a ${quoted(argChoices.join(' '))}`
      return [seen, ...ways, choice, `-d ${quoted(description)}`].filter(Boolean).join(' ')
    })
    return values === undefined
      ? flags
      : [...flags, `${seen} -f${values.length > 0 ? ` -a ${quoted(values.join(' '))}` : ''}`]
  })
  return ['# fish completion of neargate: neargate completion fish | source', ...first, ...within].join('\n')
}
