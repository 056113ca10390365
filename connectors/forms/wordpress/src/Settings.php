<?php
/**
 * What the owner of the site has chosen, kept as one option.
 */

namespace Ringback;

defined( 'ABSPATH' ) || exit;

final class Settings {

	const OPTION = 'ringback_settings';

	/** The address ends in the name of the form's channel and its token. */
	const ADDRESS = '~^https?://[^\s/?#@]+(/[^\s?#]*)?/in/[^\s/?#]+/[^\s/?#]+$~i';

	public static function address(): string {
		return (string) self::get( 'address', '' );
	}

	/** The secret by which the hub knows that it is really this site; '' where there is none. */
	public static function secret(): string {
		return (string) self::get( 'secret', '' );
	}

	/** The plug-ins whose submissions are sent, by the keys of Sources\Source::all(). */
	public static function sources(): array {
		return array_keys( (array) self::get( 'sources', Sources\Source::all() ) );
	}

	/** Whether a cookie remembers where a visitor came from first. */
	public static function remembers_origin(): bool {
		return (bool) self::get( 'origin', false );
	}

	/** Whether deleting the plug-in takes its queue and settings along. */
	public static function forgets(): bool {
		return (bool) self::get( 'forget', false );
	}

	/** Make what a browser sent into what is kept. WordPress asks twice when it keeps it for the first time. */
	public static function accepted( $sent ): array {
		$sent    = (array) $sent;
		$address = trim( (string) ( $sent['address'] ?? '' ) );
		if ( '' !== $address && ! preg_match( self::ADDRESS, $address ) ) {
			add_settings_error( self::OPTION, 'address', __( 'This is not the address of a form: it ends in /in/NAME/TOKEN. Copy it in Ringback from the form, “Put it on a site”. The earlier address was kept.', 'ringback' ) );
			$address = self::address();
		}
		$secret = trim( (string) ( $sent['secret'] ?? '' ) );
		if ( '' === $secret && empty( $sent['no_secret'] ) ) {
			$secret = self::secret();
		}
		return array(
			'address' => esc_url_raw( $address, array( 'http', 'https' ) ),
			'secret'  => $secret,
			'sources' => array_fill_keys( array_keys( array_intersect_key( Sources\Source::all(), (array) ( $sent['sources'] ?? array() ) ) ), true ),
			'origin'  => ! empty( $sent['origin'] ),
			'forget'  => ! empty( $sent['forget'] ),
		);
	}

	private static function get( string $name, $otherwise ) {
		$kept = get_option( self::OPTION, array() );
		return is_array( $kept ) && isset( $kept[ $name ] ) ? $kept[ $name ] : $otherwise;
	}
}
