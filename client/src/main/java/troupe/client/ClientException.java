package troupe.client;

import org.jspecify.annotations.Nullable;

/** A request has no answer, or no whole one. */
public class ClientException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ClientException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
