<?php
/**
 * What went wrong, for the owner of the site.
 */

namespace Ringback;

defined( 'ABSPATH' ) || exit;

final class Words {

	/** Say in words what a row's `last_error` means and what helps; '' where nothing went wrong. */
	public static function of( string $error ): string {
		if ( '' === $error || 'no address' === $error ) {
			return '' === $error ? '' : __( 'The address of the hub is missing: paste it above.', 'ringback' );
		}
		if ( ! ctype_digit( $error ) ) {
			/* translators: %s: what the line said, such as "Connection refused" */
			return sprintf( __( 'The hub cannot be reached (%s). It is tried again by itself.', 'ringback' ), $error );
		}
		switch ( (int) $error ) {
			case 401:
			case 403:
				return __( 'The hub does not believe that it is this site: the secret is not the one of the form’s channel. Copy it anew.', 'ringback' );
			case 404:
				return __( 'The hub knows no form at this address: copy it anew.', 'ringback' );
			case 413:
				return __( 'It is larger than the hub takes.', 'ringback' );
			case 429:
				return __( 'The hub asks for patience: too much came at once. It is tried again by itself.', 'ringback' );
		}
		if ( (int) $error >= 300 && (int) $error < 400 ) {
			return __( 'The hub is at another address: copy it anew, beginning with https://.', 'ringback' );
		}
		if ( (int) $error >= 500 ) {
			/* translators: %s: a status of HTTP, such as 503 */
			return sprintf( __( 'The hub cannot keep it right now (%s). It is tried again by itself.', 'ringback' ), $error );
		}
		/* translators: %s: a status of HTTP, such as 400 */
		return sprintf( __( 'The hub refuses it (%s).', 'ringback' ), $error );
	}
}
