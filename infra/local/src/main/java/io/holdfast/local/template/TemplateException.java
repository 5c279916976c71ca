package io.holdfast.local.template;

/**
 * The template cannot be run. The message holds one line for each fault, and each line names its
 * place: {@code template.yaml:12: SocketFunction.Properties.Handler: …}.
 */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TemplateException(String message) {
        super(message);
    }

    TemplateException(String message, Throwable cause) {
        super(message, cause);
    }
}
