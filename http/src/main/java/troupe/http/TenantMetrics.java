package troupe.http;

import java.util.Map;

/** What a gateway counts of the requests that came with one key. */
record TenantMetrics(Instruments instruments, String tenant) {
    private static final String TENANT = "tenant";

    /** Requests for answers have ended, however they did; 0 where one was counted before. */
    void ended(int requests, int promptTokens, int outputTokens) {
        count("troupe.tenant_requests", Map.of(TENANT, tenant), requests);
        count("troupe.tenant_prompt_tokens", Map.of(TENANT, tenant), promptTokens);
        count("troupe.tenant_generation_tokens", Map.of(TENANT, tenant), outputTokens);
    }

    /** A request was refused by one of the key's limits. */
    void refused(String limit) {
        count("troupe.tenant_refusals", Map.of(TENANT, tenant, "limit", limit), 1);
    }

    private void count(String name, Map<String, String> labels, int times) {
        instruments.counter(name, labels).increment(times);
    }
}
