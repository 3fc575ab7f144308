// Owns what an operation is: the input members it declares, and its handler, which sees no others.
import type { BoundOperation, Members, Operations, RequestContext } from './service.ts'

type Leaf = string | number | boolean | bigint | Date | Uint8Array | null | undefined
// Depth of a path; EC2's launch templates need five.
type Less = [never, 0, 1, 2, 3, 4, 5, 6, 7]

/**
 * Dotted paths to the leaves of an input: `name`, `resourcesVpcConfig.subnetIds`, `selectors[].namespace`. A list or
 * map of simple values is a leaf; a structure is not, so that a member which a later SDK adds to it is refused.
 */
export type Path<T, Depth extends number = 7> = Depth extends 0
  ? never
  : { [K in keyof T & string]-?: PathsOf<NonNullable<T[K]>, K, Depth> }[keyof T & string]

type PathsOf<V, K extends string, Depth extends number> = V extends Leaf
  ? K
  : V extends readonly (infer Item)[]
    ? Item extends Leaf | readonly unknown[]
      ? K
      : `${K}[].${Path<Item, Less[Depth]>}`
    : string extends keyof V
      ? K
      : `${K}.${Path<V, Less[Depth]>}`

/** The part of an input that lies on the paths `P`. */
export type Declared<T, P extends string> = T extends Leaf
  ? T
  : T extends readonly (infer Item)[]
    ? Declared<Item, P>[]
    : string extends keyof T
      ? T
      : { [K in keyof T as K extends Head<P> ? K : never]: Declared<T[K], Tail<P, K & string>> }

type Head<P extends string> = P extends `${infer First}.${string}`
  ? First extends `${infer Name}[]`
    ? Name
    : First
  : P
type Tail<P extends string, K extends string> = P extends `${K}.${infer Rest}` | `${K}[].${infer Rest}`
  ? Rest
  : never

/** An operation of a service whose state is a `Service`. */
export interface Operation<Service> extends Members {
  readonly handle: (input: never, service: Service, request: RequestContext) => unknown
}

/**
 * Declares an operation. `Input` and `Output` are the SDK's types of the request and the response; a path that is not
 * in `Input` does not compile, and the handler's input has the declared members only.
 */
export function operation<Service, Input extends object, Output>() {
  return <const Honoured extends Path<Input>, const Kept extends Path<Input> = never>(declaration: {
    readonly honours: readonly Honoured[]
    readonly keeps?: readonly Kept[]
    readonly handle: (
      input: Declared<Input, Honoured | Kept>,
      service: Service,
      request: RequestContext,
    ) => Promise<Output> | Output
  }): Operation<Service> => ({ keeps: [], ...declaration })
}

/** Gives the operations of a service its state. */
export function bindOperations<Service>(
  service: Service,
  table: Readonly<Record<string, Operation<Service>>>,
): Operations {
  const rows = Object.entries(table).map(([name, { honours, keeps, handle }]): [string, BoundOperation] => [
    name,
    // The protocol layer has checked the input against the schema that Input was generated from.
    { honours, keeps, handle: (input, request) => handle(input, service, request) },
  ])
  return Object.fromEntries(rows)
}
