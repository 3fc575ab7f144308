// Owns the expressions of one ValidatingAdmissionPolicy, compiled: the same rules when it is written and when it is used.
// Source: kubernetes pkg/apis/admissionregistration/validation, apiserver pkg/admission/plugin/policy/validating.
import { admissionEnvironment } from './admission.ts'
import type { CelEnvironment, Program } from './environment.ts'
import { CelError } from './errors.ts'

export interface PolicyExpressions {
  readonly hasParams: boolean
  readonly variables: readonly { readonly name: string; readonly expression: string }[]
}

export interface PolicyCompiler {
  /** Programs of the variables by name, and what is wrong with those that have none. */
  readonly variables: ReadonlyMap<string, Program | CelError>
  /** @throws CelError */
  readonly validation: (expression: string) => Program
  /** @throws CelError */
  readonly message: (expression: string) => Program
  /** @throws CelError */
  readonly annotation: (expression: string) => Program
}

/** A compiler of the expressions of a policy; each variable sees those before it. */
export function policyCompiler({ hasParams, variables }: PolicyExpressions): PolicyCompiler {
  const programs = new Map<string, Program | CelError>()
  const types: Record<string, string> = {}
  const environment = (hasAuthorizer: boolean): CelEnvironment =>
    variables.length > 0
      ? admissionEnvironment({ hasParams, hasAuthorizer, variables: types })
      : admissionEnvironment({ hasParams, hasAuthorizer })
  for (const { name, expression } of variables) {
    try {
      const program = environment(true).compile(expression)
      programs.set(name, program)
      types[name] = program.type
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      programs.set(name, error)
    }
  }
  const [withAuthorizer, without] = [environment(true), environment(false)]
  return {
    variables: programs,
    validation: once((expression) => withAuthorizer.compile(expression, { returns: ['bool'] })),
    message: once((expression) => without.compile(expression, { returns: ['string'] })),
    annotation: once((expression) =>
      withAuthorizer.compile(expression, { returns: ['string', 'null_type'] }),
    ),
  }
}

/** Compiles each expression when it is first asked for: a policy has few, and requests are many. */
function once(compile: (expression: string) => Program): (expression: string) => Program {
  const programs = new Map<string, Program>()
  return (expression) => {
    const program = programs.get(expression) ?? compile(expression)
    programs.set(expression, program)
    return program
  }
}

/** What is wrong with an expression; undefined when it compiles. */
export function problemOf(compile: () => unknown): string | undefined {
  try {
    compile()
    return undefined
  } catch (error) {
    if (error instanceof CelError) return error.message
    throw error
  }
}
