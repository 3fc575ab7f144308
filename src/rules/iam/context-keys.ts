// Owns which condition keys policies ask for: in their conditions, and as variables.
import { parsePolicy, PolicyError } from './policy-document.ts'

/** The keys, each once, in order of appearance; none of a document that IAM would not take. */
export function contextKeysOf(documents: readonly string[]): readonly string[] {
  return [...new Set(documents.flatMap(keysOf))]
}

function keysOf(document: string): readonly string[] {
  try {
    return parsePolicy(document, 'any').flatMap(({ conditions, resources, hasVariables }) => {
      const tests = Object.values(conditions)
      const texts = [...resources.values, ...tests.flatMap((keys) => Object.values(keys).flat())]
      const variables = hasVariables ? texts.flatMap(variablesOf) : []
      return [...tests.flatMap((keys) => Object.keys(keys)), ...variables]
    })
  } catch (error) {
    if (error instanceof PolicyError) return []
    throw error
  }
}

function variablesOf(text: string): readonly string[] {
  return [...text.matchAll(/\$\{([^},]+)/g)].flatMap(([, name = '']) =>
    ['*', '?', '$'].includes(name) ? [] : [name.trim()],
  )
}
