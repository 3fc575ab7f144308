// Owns asking Service Quotas how many of something an account may have.
import type { AwsCaller } from './service.ts'

/** A quota with the value that every account begins with. */
export interface NamedQuota {
  readonly service: string
  readonly code: string
  readonly value: number
}

/** The value that is in force; what every account begins with where nobody has raised it. */
export async function appliedQuota(
  caller: AwsCaller,
  { service: ServiceCode, code: QuotaCode, value }: NamedQuota,
): Promise<number> {
  type Answer = { readonly Quota?: { readonly Value?: number } }
  const asked = { ServiceCode, QuotaCode }
  // A region of some services alone has no Service Quotas.
  const answer = await caller.call<Answer>('service-quotas', 'GetServiceQuota', asked).catch(() => undefined)
  return answer?.Quota?.Value ?? value
}
