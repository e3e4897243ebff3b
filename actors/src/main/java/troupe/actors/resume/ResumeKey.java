package troupe.actors.resume;

/**
 * By what a client finds its request again.
 *
 * @param owner whose request it is, so that nobody finds another's; empty where clients have no keys
 * @param id chosen by the client
 * @param prompt index among the prompts that were sent together
 */
public record ResumeKey(String owner, String id, int prompt) {}
