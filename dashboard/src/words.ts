// The documents of package schema that the page shows, with the fields that it uses.

export interface By { role: string; name: string; via?: string; auth?: string }
export interface Reason { code: string; text: string }

export interface ProblemStatus {
  expert: string; role?: string; id: string; key: string; title: string
  description?: string; since?: string; context?: Record<string, string>
  cleared: string | null; cleared_by?: By
}

export interface Attempt {
  number: number; agent?: string; claim?: string; state: string
  offered?: string; granted?: string; stopped?: string; ended?: string
  outcome?: string; unclear?: boolean; timed_out?: boolean; text?: string; output?: string
  exit_status?: number; percent?: number; by?: By; may_act_until?: string
}

export interface StepStatus {
  index: number; title: string; action?: string; agent?: string; by_hand?: boolean
  /** Of a group: serial or parallel, what became of each, why no further one begins. */
  order?: string; members?: { agent: string; state: string }[]; halted?: string
  state: string; earlier?: number; attempts: Attempt[] | null
  approved?: { how: string; by: By; at: string }
  /** Whether it is still needed, as an agent answered. */
  needed?: { answer: string; at: string; text?: string; decided?: boolean }
}

export interface Prompt {
  id: string; kind: string; step: number; why: string
  opened: string; expires: string | null; override_until?: string
}

export interface ClosedPrompt { id: string; kind: string; step: number; how: string; by: By; at: string; why?: string }

export interface RequestStep {
  title?: string; action?: string; agent?: string; parameters?: Record<string, unknown>
  by_hand?: boolean; attempts?: number; pause?: string; timeout?: string; observe?: string; needed?: object
}

export interface Request {
  steps: RequestStep[]
  aftercare?: { completed?: string[]; failed?: string[] }
  relation?: { kind: string; to?: string }
  cure?: string; automatic?: boolean; observe?: string
}

export interface Event {
  kind: string; at: string; by: By; text: string; token?: string
  step?: number; attempt?: number; prompt?: string; code?: string
  entry?: number; hash?: string
}

export interface Status {
  token: string; revision: number; entry: number; system: string
  state: string; terminal: boolean; reason: Reason; asked_by: By
  problems: ProblemStatus[]; joined: string; steps: StepStatus[]; step: number
  prompt: Prompt | null; deadline: string | null; event: Event
  created: string; updated: string; ended: string | null
  simulated?: boolean; priority?: number; queued?: string
  cover?: { all?: boolean; automatic?: boolean; step?: number; by?: By }
  stop?: { reason: string; by: By; at: string; for?: string; note?: string }
  closed_prompts?: ClosedPrompt[]
  request?: Request
}

export interface Summary {
  token: string; state: string; terminal: boolean; reason: Reason; title: string
  problems: string[]; key: string; asked_by: By; step: number; steps: number
  prompt?: Prompt; joined?: string; created: string; updated: string
  ended: string | null; priority?: number; entry: number; simulated?: boolean
}

/** Mode names nobody where it is the one that the policy begins with. */
export interface Mode { mode: string; by?: By; at?: string; note?: string }
export interface Hold { expert: string; key?: string; problem?: string; by: By; at: string; until: string; why: string; token?: string; note?: string }
export interface Action { name: string; description?: string; parameters?: ParameterSchema; harmless?: boolean; usual?: string }
export interface ParameterSchema { properties?: Record<string, { type?: string; description?: string; enum?: unknown[]; items?: { enum?: unknown[] } }>; required?: string[] }
export interface Agent { name: string; actions: Action[] | null; simulated?: boolean; since: string; presence?: string; last_heard?: string; doubled?: boolean }
export interface Actions { agents: Agent[] | null }
export interface Policy { mode?: string; observe?: string; approval_timeout?: string; step_timeout?: string; hold?: string; routes?: Record<string, string> }

export interface Spread { count: number; median: string; p90: string }
export interface ProblemCount { key: string; total: number; completed: number; failed: number; cancelled: number; median: string }
export interface Statistics {
  since: string; until: string; days: { day: string; states: Record<string, number> }[] | null
  states: Record<string, number>; approval: Spread; expired: number; duration: Spread
  unattended: number; problems: ProblemCount[] | null
}

export interface History { records: Summary[] | null; next?: string; entry: number }
export interface Overview {
  system: string; entry: number; at: string; mode: Mode; under_way: Summary | null
  postponed: Summary[] | null; recent: Summary[] | null; holds: Hold[] | null; agents: Agent[] | null; error?: string
}
export interface Handover {
  system: string; since: string; until: string; mode: Mode; holds: Hold[] | null
  open: Summary[] | null; ended: Summary[] | null; states: Record<string, number> | null; events: Event[] | null
  to_do?: { token: string; state: string; text: string }[]; untold?: number; policy?: { at: string; by: By; note?: string }
}
export interface Trail { system: string; token: string; entry: number; events: Event[] | null }
export interface Answer {
  verdict: string; id?: string; token?: string; entry?: number; reason?: Reason
  blocked_by?: { token: string; problems: string[] }; prompt?: string
}
export interface Me { user: string; role: string; auth: string; login: string; systems: string[]; build: string; simulated?: string[] | null; demo?: boolean; vanished?: boolean }

/** A document of the picture; without a value it is gone. */
export interface Change { key: string; value?: unknown }

/** A frame from the bridge. */
export interface Frame {
  type: string; system?: string; lineage?: string; entry?: number; previous?: number; at?: string
  documents?: Change[] | null; changes?: Change[] | null; events?: Event[] | null; simulated?: boolean
  server_time?: string; heartbeat_ms?: number; user?: string; role?: string; auth?: string; build?: string; systems?: string[]
  broker?: boolean; entries?: Record<string, number>; code?: string; retry_ms?: number; text?: string
  prompt?: string; who?: string[] | null; more?: number; silent?: string[] | null
}
