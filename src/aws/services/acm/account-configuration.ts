// Owns what an account has set for all of its certificates: when their expiry is told.
import type { GetAccountConfigurationResponse, PutAccountConfigurationRequest } from '@aws-sdk/client-acm'

import { operation } from '../../protocol/operation.ts'
import { invalid } from './certificate-facts.ts'
import type { AcmState } from './state.ts'

const RECORD = 'account'
const DEFAULT_DAYS = 45

export const getAccountConfiguration = operation<AcmState, object, GetAccountConfigurationResponse>()({
  honours: [],
  handle: (_input, acm) => ({
    ExpiryEvents: { DaysBeforeExpiry: acm.configuration.get(RECORD)?.daysBeforeExpiry ?? DEFAULT_DAYS },
  }),
})

/** There is no EventBridge that would tell it. @throws AwsError ValidationException */
export const putAccountConfiguration = operation<AcmState, PutAccountConfigurationRequest, void>()({
  honours: [],
  keeps: ['ExpiryEvents.DaysBeforeExpiry', 'IdempotencyToken'],
  handle: async (input, acm) => {
    const days = input.ExpiryEvents?.DaysBeforeExpiry ?? DEFAULT_DAYS
    if (days < 1 || days > 90) throw invalid('DaysBeforeExpiry must be between 1 and 90')
    await acm.configuration.put(RECORD, { daysBeforeExpiry: days })
  },
})
