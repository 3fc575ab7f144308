// Owns the question that STS puts to a trust policy.

/** Who asks to assume a role, and what is known of the request; the shape that IAM's `trusts` takes. */
export interface TrustRequest {
  readonly action: 'sts:AssumeRole' | 'sts:AssumeRoleWithWebIdentity'
  readonly principal:
    | { readonly service: string }
    | { readonly arn: string; readonly accountId: string }
    | { readonly federated: string }
  readonly context?: Readonly<Record<string, string>>
}
