<?php
/**
 * The form of Elementor Pro: a record's fields, each with its title, type and value.
 */

namespace Ringback\Sources;

use Ringback\Submission;

defined( 'ABSPATH' ) || exit;

final class Elementor extends Source {

	const SILENT = array( 'step', 'html', 'recaptcha', 'recaptcha_v3', 'honeypot', 'password' );

	public function title(): string {
		return 'Elementor Pro';
	}

	public function is_here(): bool {
		return defined( 'ELEMENTOR_PRO_VERSION' );
	}

	public function listen(): void {
		add_action( 'elementor_pro/forms/new_record', array( $this, 'take' ), PHP_INT_MAX, 2 );
	}

	public function take( $record, $handler = null ): void {
		unset( $handler );
		$this->quietly( function () use ( $record ) {
			$answers = array();
			foreach ( (array) $record->get( 'fields' ) as $id => $field ) {
				if ( ! in_array( $field['type'] ?? '', self::SILENT, true ) ) {
					$answers[] = array( 'name' => (string) $id, 'label' => (string) ( $field['title'] ?? '' ), 'type' => (string) ( $field['type'] ?? '' ), 'value' => $field['value'] ?? '' );
				}
			}
			Submission::form( 'elementor', (string) $record->get_form_settings( 'id' ), (string) $record->get_form_settings( 'form_name' ), $answers );
		} );
	}
}
