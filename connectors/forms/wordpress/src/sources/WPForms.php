<?php
/**
 * WPForms: its finished fields, each with the label, the type and the value as it shows them itself.
 */

namespace Ringback\Sources;

use Ringback\Submission;

defined( 'ABSPATH' ) || exit;

final class WPForms extends Source {

	const SILENT = array( 'html', 'divider', 'pagebreak', 'captcha', 'password', 'credit-card', 'stripe-credit-card', 'authorize_net', 'square', 'paypal-commerce' );

	public function title(): string {
		return 'WPForms';
	}

	public function is_here(): bool {
		return function_exists( 'wpforms' );
	}

	public function listen(): void {
		add_action( 'wpforms_process_complete', array( $this, 'take' ), PHP_INT_MAX, 4 );
	}

	public function take( $fields, $entry, $form_data, $entry_id = 0 ): void {
		unset( $entry, $entry_id );
		$this->quietly( function () use ( $fields, $form_data ) {
			$answers = array();
			foreach ( (array) $fields as $field ) {
				if ( ! in_array( $field['type'] ?? '', self::SILENT, true ) ) {
					$answers[] = array( 'name' => (string) ( $field['id'] ?? '' ), 'label' => (string) ( $field['name'] ?? '' ), 'type' => (string) ( $field['type'] ?? '' ), 'value' => $field['value'] ?? '' );
				}
			}
			Submission::form( 'wpforms', (string) ( $form_data['id'] ?? '' ), (string) ( $form_data['settings']['form_title'] ?? '' ), $answers );
		} );
	}
}
