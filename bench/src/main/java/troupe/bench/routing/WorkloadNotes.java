package troupe.bench.routing;

import java.nio.file.Path;

/** What the workloads are, for reports. */
final class WorkloadNotes {
    private WorkloadNotes() {}

    static String of(RoutingOptions options) {
        StringBuilder text = new StringBuilder();
        Path trace = options.trace;
        if (trace != null && options.wants(RoutingOptions.CONVERSATIONS)) {
            describeConversations(trace, options, text);
        }
        if (options.wants(RoutingOptions.AGENTS)) {
            describeAgents(text);
        }
        if (options.wants(RoutingOptions.UNIQUE)) {
            describeUnique(text);
        }
        return text.toString();
    }

    private static void describeConversations(Path trace, RoutingOptions options, StringBuilder text) {
        text.append("- **conversation trace**: `")
                .append(trace.getFileName())
                .append("`, its first ")
                .append(options.requests)
                .append(" requests at most. All lengths are divided by ")
                .append(options.scale)
                .append(" and rounded up, so that the longest fit the default model's context of ")
                .append(RoutingOptions.CONTEXT)
                .append(" tokens: a block of ")
                .append(ConversationTrace.BLOCK)
                .append(" tokens becomes one of ")
                .append(ConversationTrace.BLOCK / options.scale)
                .append(". Requests that the trace puts at one time are spread evenly until the next. Its times are")
                .append(" divided by one number, the speedup.\n");
    }

    private static void describeAgents(StringBuilder text) {
        text.append("- **agents**: sessions of ")
                .append(AgentSessions.TURNS)
                .append(" turns that begin with one of ")
                .append(AgentSessions.SYSTEM_PROMPTS)
                .append(" system prompts of ")
                .append(AgentSessions.SYSTEM_TOKENS)
                .append(" tokens; messages of ")
                .append(AgentSessions.LEAST_MESSAGE)
                .append(" to ")
                .append(AgentSessions.MOST_MESSAGE)
                .append(" tokens (what tools gave), answers of ")
                .append(AgentSessions.LEAST_ANSWER)
                .append(" to ")
                .append(AgentSessions.MOST_ANSWER)
                .append(", pauses of ")
                .append(Math.round(AgentSessions.MEAN_PAUSE_SECONDS))
                .append(" s in the mean (exponential: tools at work); sessions begin at random.\n");
    }

    private static void describeUnique(StringBuilder text) {
        text.append("- **unique prompts**: ")
                .append(UniquePrompts.LEAST_PROMPT)
                .append(" to ")
                .append(UniquePrompts.MOST_PROMPT)
                .append(" tokens that nothing shares, answers of ")
                .append(UniquePrompts.LEAST_OUTPUT)
                .append(" to ")
                .append(UniquePrompts.MOST_OUTPUT)
                .append(", at random times.\n");
    }
}
