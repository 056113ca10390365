<?php
/**
 * One body on its way to the hub, signed as standardwebhooks.com says: the hub takes the same `webhook-id` once, however
 * often it comes.
 */

namespace Ringback;

defined( 'ABSPATH' ) || exit;

final class Delivery {

	const SECONDS = 15;

	/** Send it, and give '' once the hub has it; otherwise the status it answered, or what the line said. */
	public static function send( string $uuid, string $body ): string {
		$address = Settings::address();
		if ( '' === $address ) {
			return 'no address';
		}
		$answer = wp_remote_post( $address, array(
			'body'        => $body,
			'headers'     => self::headers( $uuid, $body ),
			'timeout'     => self::SECONDS,
			'redirection' => 0,
			'user-agent'  => 'Ringback-WordPress/' . VERSION,
		) );
		if ( is_wp_error( $answer ) ) {
			return $answer->get_error_message();
		}
		$status = (int) wp_remote_retrieve_response_code( $answer );
		return $status >= 200 && $status < 300 ? '' : (string) $status;
	}

	private static function headers( string $uuid, string $body ): array {
		$at      = (string) time();
		$headers = array(
			'content-type'      => 'application/json',
			'ringback-plugin'   => 'wordpress/' . VERSION,
			'webhook-id'        => $uuid,
			'webhook-timestamp' => $at,
		);
		if ( '' !== Settings::secret() ) {
			$signature                    = hash_hmac( 'sha256', "$uuid.$at.$body", self::key( Settings::secret() ), true );
			$headers['webhook-signature'] = 'v1,' . base64_encode( $signature );
		}
		return $headers;
	}

	private static function key( string $secret ): string {
		$whole   = 0 === strpos( $secret, 'whsec_' ) && 0 === ( strlen( $secret ) - 6 ) % 4;
		$written = $whole ? base64_decode( substr( $secret, 6 ), true ) : false;
		return false === $written ? $secret : $written;
	}
}
