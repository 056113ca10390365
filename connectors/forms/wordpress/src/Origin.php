<?php
/**
 * Where a visitor came from: the page that was sent from, its marks (utm_source, gclid …), and, where the owner allows the
 * cookie, those of the first page of the visit.
 */

namespace Ringback;

defined( 'ABSPATH' ) || exit;

final class Origin {

	const COOKIE = 'ringback_origin';
	const MARKS  = '/^(utm_[a-z_]{1,30}|gclid|yclid|fbclid|roistat)$/';

	/** No page of a visitor's: a plug-in may name what its own script called. */
	const BACKSTAGE = '~^$|/admin-ajax\.php|/wp-json/|[?&]rest_route=~';

	/** Put into each page what notes the first page of a visit. The chat's script will find its place here too. */
	public static function watch(): void {
		if ( Settings::remembers_origin() ) {
			add_action( 'wp_footer', array( self::class, 'note' ) );
		}
	}

	/** In the page and not in PHP, so that pages out of a cache note it as well. */
	public static function note(): void {
		echo '<script>(function(d,n){if(d.cookie.indexOf(n+"=")<0)d.cookie=n+"="+encodeURIComponent(JSON.stringify({page:location.href.slice(0,1500),referrer:d.referrer.slice(0,500)}))+";path=/;max-age=2592000;samesite=lax"+(location.protocol==="https:"?";secure":"")})(document,"' . esc_js( self::COOKIE ) . '")</script>' . "\n";
	}

	/** Give `page`, `referrer`, `landing` (addresses) and `marks`, each only where it is known. */
	public static function now( string $page = '' ): array {
		$page  = preg_match( self::BACKSTAGE, $page ) ? (string) wp_get_raw_referer() : $page;
		$first = self::first();
		return array_filter( array(
			'page'     => self::address( $page ),
			'referrer' => self::address( (string) ( $first['referrer'] ?? '' ) ),
			'landing'  => self::address( (string) ( $first['page'] ?? '' ) ),
			'marks'    => self::marks( $page ) + self::marks( (string) ( $first['page'] ?? '' ) ),
		) );
	}

	private static function first(): array {
		if ( ! Settings::remembers_origin() || empty( $_COOKIE[ self::COOKIE ] ) ) {
			return array();
		}
		$noted = json_decode( (string) wp_unslash( $_COOKIE[ self::COOKIE ] ), true );
		return is_array( $noted ) ? array_filter( $noted, 'is_string' ) : array();
	}

	private static function marks( string $address ): array {
		wp_parse_str( (string) wp_parse_url( $address, PHP_URL_QUERY ), $asked );
		$marks = array();
		foreach ( $asked as $name => $value ) {
			if ( is_string( $value ) && '' !== $value && preg_match( self::MARKS, (string) $name ) ) {
				$marks[ $name ] = mb_substr( sanitize_text_field( $value ), 0, 300 );
			}
		}
		return $marks;
	}

	private static function address( string $address ): string {
		return mb_substr( esc_url_raw( $address, array( 'http', 'https' ) ), 0, 2000 );
	}
}
