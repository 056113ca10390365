<?php
/**
 * What is said to the hub: a form's answers, an order, or a mere test. The shape stands in docs/websites.md of Ringback.
 */

namespace Ringback;

defined( 'ABSPATH' ) || exit;

final class Submission {

	/** Keep a form's answers; `$fields` are arrays of `name`, `label`, `type`, `value` (text, or a list of texts). */
	public static function form( string $plugin, string $id, string $title, array $fields, string $page = '' ): void {
		$fields = array_values( array_filter( array_map( array( self::class, 'field' ), $fields ) ) );
		if ( $fields ) {
			$form = array( 'plugin' => $plugin, 'id' => $id, 'title' => $title );
			Queue::put( "$plugin: $title", self::body( 'form' ) + array( 'form' => $form, 'fields' => $fields, 'origin' => (object) Origin::now( $page ) ) );
			Courier::hurry();
		}
	}

	/** Give the body of a post that tries the address and becomes nothing. */
	public static function test( string $uuid ): string {
		return (string) wp_json_encode( array( 'id' => $uuid ) + self::body( 'test' ) );
	}

	public static function body( string $kind ): array {
		return array(
			'ringback' => 1,
			'kind'     => $kind,
			'at'       => gmdate( 'Y-m-d\TH:i:s\Z' ),
			'site'     => array( 'name' => wp_specialchars_decode( (string) get_bloginfo( 'name' ), ENT_QUOTES ), 'url' => home_url( '/' ) ),
		);
	}

	private static function field( array $field ): ?array {
		$value = $field['value'] ?? '';
		$value = is_array( $value ) ? self::texts( $value ) : self::text( $value );
		if ( '' === $value || array() === $value ) {
			return null;
		}
		return array(
			'name'  => self::text( $field['name'] ?? '' ),
			'label' => trim( wp_strip_all_tags( self::text( $field['label'] ?? '' ) ) ),
			'type'  => self::text( $field['type'] ?? '' ),
			'value' => $value,
		);
	}

	private static function texts( array $values ): array {
		$texts = array();
		array_walk_recursive( $values, function ( $value ) use ( &$texts ) {
			$texts[] = self::text( $value );
		} );
		return array_values( array_filter( $texts, 'strlen' ) );
	}

	private static function text( $value ): string {
		return is_scalar( $value ) ? (string) $value : '';
	}
}
