// Owns the architecture of an instance type as EC2's answers name it.
import { instanceType } from '../../../rules/nodes/instance-types.ts'

/** Of a type; `x86_64` for one that is not known. */
export function architectureOf(type: string): 'arm64' | 'x86_64' {
  return instanceType(type)?.arch === 'arm64' ? 'arm64' : 'x86_64'
}
