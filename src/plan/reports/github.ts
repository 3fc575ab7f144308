// Owns the problems of a plan as workflow commands, which GitHub Actions shows beside the lines of a pull request.
import type { Problem } from '../../config/problem.ts'

/**
 * One line a problem, `::error file=…,line=…,col=…,title=…::message`; empty when there is none
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
 */
export function githubReport(problems: readonly Problem[]): string {
  return problems
    .map(({ severity, code, file, line, column, message, help }) => {
      const properties = { file: file.replace(/^\.\//, ''), line, col: column, title: code }
      const told = Object.entries(properties).map(([name, value]) => `${name}=${inProperty(String(value))}`)
      return `::${severity} ${told.join(',')}::${inMessage(`${message}\n${help}`)}`
    })
    .join('\n')
}

function inMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function inProperty(text: string): string {
  return inMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
