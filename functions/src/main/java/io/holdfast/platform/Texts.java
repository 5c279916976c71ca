package io.holdfast.platform;

/** Cuts texts. */
public final class Texts {
    private Texts() {}

    /** The first characters of a text; never half of a surrogate pair at the end. */
    public static String beginning(String text, int characters) {
        int end = Math.min(characters, text.length());
        boolean isHalf = end > 0 && Character.isHighSurrogate(text.charAt(end - 1));
        return text.substring(0, isHalf ? end - 1 : end);
    }
}
