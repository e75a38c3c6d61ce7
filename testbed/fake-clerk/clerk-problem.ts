// A request that Clerk refuses: status, code and words, in the form that all its errors have.

export interface ProblemOptions {
  readonly longMessage?: string;
  /** The parameter that is wrong. */
  readonly parameter?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class ClerkProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #longMessage: string;
  readonly #parameter: string | undefined;

  constructor(status: number, code: string, message: string, options: ProblemOptions = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
    this.#longMessage = options.longMessage ?? message;
    this.#parameter = options.parameter;
  }

  body(traceId: string): string {
    const { code, message } = this;
    const meta = this.#parameter === undefined ? {} : { meta: { param_name: this.#parameter } };
    return JSON.stringify({
      errors: [{ code, message, long_message: this.#longMessage, ...meta }],
      clerk_trace_id: traceId,
    });
  }
}

export function notFound(what: string): ClerkProblem {
  return new ClerkProblem(404, 'resource_not_found', 'not found', { longMessage: `No ${what} was found.` });
}

export function wrongParameter(name: string, message: string): ClerkProblem {
  return new ClerkProblem(422, 'form_param_value_invalid', message, { parameter: name });
}
